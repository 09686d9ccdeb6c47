package platform

import (
	"context"
	"strconv"

	"licet/internal/license"
	"licet/internal/web"
)

// idText is an identity as addresses have it.
func idText[T ~int64](id T) string { return strconv.FormatInt(int64(id), 10) }

// limitText is a limit in words.
func limitText(ctx context.Context, l license.Limit) string {
	switch n, limited := l.Max(); {
	case !limited:
		return web.T(ctx, "unlimited")
	case n == 0:
		return web.T(ctx, "none")
	default:
		return web.Number(ctx, n)
	}
}
