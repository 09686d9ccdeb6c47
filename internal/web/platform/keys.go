package platform

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/web"
)

// keyRoutes are keys and tokens of programs.
func (p *Platform) keyRoutes() []route {
	read, write := identity.ReadKeys, identity.WriteKeys
	return []route{
		{pattern: "GET /keys", needs: read, page: (*visit).tokens},
		{pattern: "POST /keys", needs: write, page: (*visit).createToken},
		{pattern: "GET /keys/new", needs: write, page: (*visit).newToken},
		{pattern: "GET /keys/{id}", needs: read, page: (*visit).tokenPage},
		{pattern: "POST /keys/{id}", needs: write, page: (*visit).saveToken},
		{pattern: "POST /keys/{id}/revoke", needs: write, page: (*visit).revokeToken},
		{pattern: "GET /keys/apps", needs: read, page: (*visit).appKeys},
		{pattern: "POST /keys/apps", needs: write, page: (*visit).createAppKey},
		{pattern: "POST /keys/apps/{key}/revoke", needs: write, page: (*visit).revokeAppKey},
		{pattern: "GET /keys/sellers", needs: read, page: (*visit).sellerKeys},
		{pattern: "POST /keys/sellers", needs: write, page: (*visit).createSellerKey},
		{pattern: "POST /keys/sellers/{key}/revoke", needs: write, page: (*visit).revokeSellerKey},
		{pattern: "GET /keys/programs", needs: identity.ReadLicenses, page: (*visit).programTokens},
		{pattern: "POST /keys/programs", needs: identity.WriteLicenses, page: (*visit).createProgramToken},
		{pattern: "POST /keys/programs/{token}/judge", needs: identity.WriteLicenses, page: (*visit).judgeProgramToken},
		{pattern: "GET /keys/signing", needs: read, page: (*visit).signingKeys},
		{pattern: "POST /keys/signing", needs: write, page: (*visit).changeSigningKeys},
	}
}

// keyHead is what every page about keys begins with.
type keyHead struct {
	tab      string
	may      bool // the role may change what is on this page
	keys     bool // it sees the keys of the company
	programs bool // it sees the tokens of programs
}

func (v *visit) keyHead(tab string, needs identity.Permission) keyHead {
	return keyHead{tab: tab, may: v.can(needs), keys: v.can(identity.ReadKeys), programs: v.can(identity.ReadLicenses)}
}

// tabs are the pages about keys.
func (h *keyHead) tabs(ctx context.Context) (list []web.Tab) {
	for _, one := range []struct {
		name, title string
		sees        bool
	}{
		{"", web.T(ctx, "API tokens"), h.keys},
		{"/apps", web.T(ctx, "App keys"), h.keys},
		{"/sellers", web.T(ctx, "Seller keys"), h.keys},
		{"/programs", web.T(ctx, "Program tokens"), h.programs},
		{"/signing", web.T(ctx, "Signing keys"), h.keys},
	} {
		if one.sees {
			list = append(list, web.Tab{Title: one.title, URL: base + "/keys" + one.name, Current: one.name == h.tab})
		}
	}
	return list
}

// tokensView is what the list of tokens shows.
type tokensView struct {
	keyHead
	list     []office.APIKey
	products map[license.ProductID]string
	next     string
	first    bool
	now      license.Time
}

func (v *visit) tokens() error {
	list, err := v.p.d.Office.ListAPIKeys(v.Context(), v.actor, office.Page{Before: v.input.Int("before", 0), Limit: listSize + 1})
	if err != nil {
		return err
	}
	view := tokensView{keyHead: v.keyHead("", identity.WriteKeys), list: list, first: v.input.Text("before") == "", now: v.p.d.Now()}
	if len(list) > listSize {
		view.list = list[:listSize]
		view.next = v.URL.Path + web.Query(nil, "before", idText(list[listSize-1].ID))
	}
	if view.products, err = v.productNames(); err != nil {
		return err
	}
	return v.draw(v.t("API tokens"), tokensPage(&view))
}

// productNames are the names of the company's products, archived ones too, up to a thousand.
func (v *visit) productNames() (map[license.ProductID]string, error) {
	if !v.can(identity.ReadProducts) {
		return nil, nil
	}
	all, err := v.p.d.Office.ListProducts(v.Context(), v.actor, true, office.Page{Limit: 1000})
	names := make(map[license.ProductID]string, len(all))
	for i := range all {
		names[all[i].ID] = all[i].Name
	}
	return names, err
}

// area is a part of what a token may do.
type area struct {
	name, title, text string
}

// areas are the parts that a token may be let into.
func areas(ctx context.Context) []area {
	return []area{
		{"licenses", web.T(ctx, "Licenses"), web.T(ctx, "make, change, find; and their devices")},
		{"orders", web.T(ctx, "Orders"), web.T(ctx, "what was sold, and refunds")},
		{"customers", web.T(ctx, "Customers and users"), web.T(ctx, "who buys, and who signs in to apps")},
		{"products", web.T(ctx, "Products"), web.T(ctx, "what is sold; with write, their secrets too")},
		{"policies", web.T(ctx, "Policies"), web.T(ctx, "templates for licenses")},
		{"webhooks", web.T(ctx, "Webhooks"), web.T(ctx, "who is told of events")},
		{"audit", web.T(ctx, "Audit log"), web.T(ctx, "what everybody did")},
		{"users", web.T(ctx, "Team"), web.T(ctx, "your colleagues and their roles")},
		{"keys", web.T(ctx, "Keys and tokens"), web.T(ctx, "other tokens like this one")},
		{"settings", web.T(ctx, "Settings"), web.T(ctx, "of the company")},
	}
}

// newTokenView is the form for a token.
type newTokenView struct {
	in       url.Values
	faults   web.Faults
	has      identity.Scopes  // what the person who fills it in may do
	products []office.Product // to narrow it to, up to as many as a token may name
}

// maxTokenProducts is of how many products there are boxes to tick.
const maxTokenProducts = 100

func (v *visit) newTokenView(in url.Values, faults web.Faults) (*newTokenView, error) {
	view := &newTokenView{in: in, faults: faults, has: v.actor.Permissions()}
	if !v.can(identity.ReadProducts) {
		return view, nil
	}
	var err error
	view.products, err = v.p.d.Office.ListProducts(v.Context(), v.actor, false, office.Page{Limit: maxTokenProducts})
	return view, err
}

// newToken begins with what the address asks for: for=app is a token that apps hold.
func (v *visit) newToken() error {
	in := url.Values{}
	if v.input.Text("for") == "app" {
		in.Set("use", "yes")
	}
	if product := v.input.Text("product"); product != "" {
		in.Set("product", product)
	}
	view, err := v.newTokenView(in, nil)
	if err != nil {
		return err
	}
	return v.draw(v.t("New token"), newTokenPage(view))
}

// scopesOf are the permissions that the form names.
func scopesOf(ctx context.Context, in *web.Input) identity.Scopes {
	var list []identity.Permission
	for _, a := range areas(ctx) {
		if level := in.Text("scope_" + a.name); level == "read" || level == "write" {
			list = append(list, identity.Permission(a.name+":"+level))
		}
	}
	if in.Bool("use") {
		list = append(list, identity.UseLicenses)
	}
	return identity.NewScopes(list...)
}

// createToken shows the token in its answer: a page that is not kept, nor reached by going back.
func (v *visit) createToken() error {
	in := v.input
	n := office.NewAPIKey{Name: in.Text("name"), Scopes: scopesOf(v.Context(), in), Products: in.Values["product"], ExpiresAt: in.Day("expires")}
	err := v.asked()
	var key office.APIKey
	var secret identity.Secret
	if err == nil {
		key, secret, err = v.p.d.Office.CreateAPIKey(v.Context(), v.actor, n)
	}
	if err != nil {
		view, failed := v.newTokenView(in.Values, nil)
		if failed != nil {
			return failed
		}
		return v.again(err, v.t("New token"), func(f web.Faults) templ.Component {
			view.faults = everyFault(in, f)
			return newTokenPage(view)
		})
	}
	curl := fmt.Sprintf("curl -s %s/v1/me -H \"Authorization: Bearer $TOKEN\"", v.p.origin(v.Request))
	return v.draw(v.t("Your new token"), tokenMadePage(&key, secret, curl))
}

// tokenView is the page of a token.
type tokenView struct {
	office.APIKey
	in       url.Values
	faults   web.Faults
	products map[license.ProductID]string
	may      bool
	now      license.Time
}

func (v *visit) openToken() (*tokenView, error) {
	id, err := v.id("id")
	if err != nil {
		return nil, err
	}
	key, err := v.p.d.Office.FindAPIKey(v.Context(), v.actor, license.APIKeyID(id))
	if err != nil {
		return nil, err
	}
	view := &tokenView{APIKey: key, may: v.can(identity.WriteKeys), in: url.Values{"name": {key.Name}, "expires": {dayText(key.ExpiresAt)}}, now: v.p.d.Now()}
	view.products, err = v.productNames()
	return view, err
}

func (v *visit) tokenPage() error {
	view, err := v.openToken()
	if err != nil {
		return err
	}
	return v.draw(view.Name, tokenPage(view))
}

func (v *visit) saveToken() error {
	view, err := v.openToken()
	if err != nil {
		return err
	}
	change := office.APIKeyChange{Name: new(v.input.Text("name"))}
	if day := v.input.Day("expires"); v.input.Text("expires") != dayText(view.ExpiresAt) {
		change.ExpiresAt = &day
	}
	if err = v.asked(); err == nil {
		_, err = v.p.d.Office.ChangeAPIKey(v.Context(), v.actor, view.ID, change)
	}
	if err != nil {
		return v.again(err, view.Name, func(f web.Faults) templ.Component {
			view.in, view.faults = v.input.Values, everyFault(v.input, f)
			return tokenPage(view)
		})
	}
	v.say(web.Good, "Saved.")
	return v.redirect("/keys/" + idText(view.ID))
}

func (v *visit) revokeToken() error {
	view, err := v.openToken()
	if err != nil {
		return err
	}
	if _, err := v.p.d.Office.RevokeAPIKey(v.Context(), v.actor, view.ID); err != nil {
		return err
	}
	v.say(web.Good, "%s is revoked. Whoever holds it is refused from now on.", view.Name)
	return v.redirect("/keys")
}

// tokenBadge is the state of a token.
func tokenBadge(ctx context.Context, k *office.APIKey, now license.Time) (web.Tone, string) {
	switch {
	case k.RevokedAt != 0:
		return web.Quiet, web.T(ctx, "Revoked")
	case k.ExpiresAt != 0 && k.ExpiresAt <= now:
		return web.Warn, web.T(ctx, "Expired")
	}
	return web.Good, web.T(ctx, "Active")
}

// scopeWords say what a token may do, an area in each: "Licenses: write".
func scopeWords(ctx context.Context, s identity.Scopes) (words []string) {
	if s.Allow(identity.UseLicenses) {
		words = append(words, web.T(ctx, "Use licenses"))
	}
	for _, a := range areas(ctx) {
		switch {
		case s.Allow(identity.Permission(a.name + ":write")):
			words = append(words, web.T(ctx, "%s: write", a.title))
		case s.Allow(identity.Permission(a.name + ":read")):
			words = append(words, web.T(ctx, "%s: read", a.title))
		}
	}
	return words
}

// narrowed names the products that a token is for; "" is all.
func narrowed(k *office.APIKey, names map[license.ProductID]string) string {
	var list []string
	for _, id := range k.Products {
		name := names[id]
		if name == "" {
			name = idText(id)
		}
		list = append(list, name)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// scopeChoices are what somebody may choose for an area: not more than they have.
func scopeChoices(ctx context.Context, a area, has identity.Scopes) []web.Option {
	list := []web.Option{{Value: "", Label: web.T(ctx, "nothing")}}
	if has.Allow(identity.Permission(a.name + ":read")) {
		list = append(list, web.Option{Value: "read", Label: web.T(ctx, "read")})
	}
	if has.Allow(identity.Permission(a.name + ":write")) {
		list = append(list, web.Option{Value: "write", Label: web.T(ctx, "read and write")})
	}
	return list
}
