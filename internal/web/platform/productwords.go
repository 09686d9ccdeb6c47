package platform

import (
	"context"
	"math"
	"slices"

	"licet/internal/license"
	"licet/internal/web"
)

func newProductLead(ctx context.Context, bundle bool) string {
	if bundle {
		return web.T(ctx, "A bundle is sold as one license and opens several products with the same key.")
	}
	return web.T(ctx, "Name it, choose how its keys look, and what a license is good for. Most of it can be changed later.")
}

// button is what the button of the form says.
func (n *newProductView) button(ctx context.Context) string {
	if n.bundle {
		return web.T(ctx, "Create the bundle")
	}
	return web.T(ctx, "Create the product")
}

// roomText says how many keys a pattern has room for.
func roomText(ctx context.Context, room int64) string {
	switch {
	case room == 1:
		return web.T(ctx, "There is no * in the pattern, so there is room for a single key.")
	case room == math.MaxInt64:
		return web.T(ctx, "Room for more keys than anybody can try. They look like this:")
	case room < 1_000_000_000_000:
		return web.T(ctx, "Room for only %d keys: so few can be guessed. Use more *. They look like this:", room)
	}
	return web.T(ctx, "Room for %d keys. They look like this:", room)
}

// maskSuggestions are patterns that people use.
func maskSuggestions(now string) []web.Option {
	list := []web.Option{
		{Value: license.DefaultMaskText, Label: "4 × 4"},
		{Value: "ACME-" + license.DefaultMaskText, Label: "PREFIX-4 × 4"},
		{Value: license.ApplicationMask, Label: "6 × 6"},
		{Value: "****************", Label: "16"},
	}
	return slices.DeleteFunc(list, func(o web.Option) bool { return o.Value == now })
}

// holds reports whether a list has a text.
func holds(list []string, text string) bool { return slices.Contains(list, text) }

func countFeatures(policies []license.Policy) (n int) {
	for i := range policies {
		n += len(policies[i].Terms.Features)
	}
	return n
}

// environmentOptions are the systems that a version may be for.
func environmentOptions(ctx context.Context, names []string) []web.Option {
	list := []web.Option{{Value: "", Label: web.T(ctx, "every system")}}
	for _, name := range names {
		list = append(list, web.Option{Value: name, Label: environmentName(name)})
	}
	return list
}
