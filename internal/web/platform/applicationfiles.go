package platform

import (
	"cmp"
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

func (v *visit) applicationFiles() error {
	return v.showThings("files", identity.WriteProducts, (*visit).filesPage)
}

func (v *visit) filesPage(t *things) (templ.Component, error) {
	all, err := v.p.d.Office.ListFiles(v.Context(), v.actor, t.ref(), v.after(), listSize+1)
	if err != nil {
		return nil, err
	}
	if t.editing != "" && len(t.in) == 0 {
		found, err := v.p.d.Office.FindFile(v.Context(), v.actor, t.ref(), t.editing)
		if err != nil {
			return nil, err
		}
		t.in = url.Values{"url": {found.URL}}
		if found.Authed {
			t.in.Set("authed", "yes")
		}
	}
	return filesPage(t, cut(t, all, func(f *store.ApplicationFile) string { return f.ID })), nil
}

func (v *visit) changeFiles() error {
	in := v.input
	address, authed := in.Text("url"), in.Bool("authed")
	return v.changeThings("files", identity.WriteProducts, (*visit).filesPage, map[string]deed{
		"add": func(ctx context.Context, o *office.Office, product string) (string, error) {
			f, err := o.AddFile(ctx, v.actor, product, address, authed)
			return v.t("%s is there. Apps name it %s.", f.Name, f.ID), err
		},
		"save": func(ctx context.Context, o *office.Office, product string) (string, error) {
			f, err := o.EditFile(ctx, v.actor, product, in.Text("edit"), &address, &authed)
			return v.t("%s is saved.", f.Name), err
		},
		"drop": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("The file is forgotten."), o.DropFile(ctx, v.actor, product, in.Text("id"))
		},
		"drop_all": func(ctx context.Context, o *office.Office, product string) (string, error) {
			n, err := o.DropFiles(ctx, v.actor, product)
			return web.N(ctx, n, "%d file is forgotten.", "%d files are forgotten."), err
		},
	})
}

func (v *visit) applicationHooks() error {
	return v.showThings("webhooks", identity.WriteProducts, (*visit).hooksPage)
}

func (v *visit) hooksPage(t *things) (templ.Component, error) {
	all, err := v.p.d.Office.ListWebhooks(v.Context(), v.actor, t.ref(), v.after(), listSize+1)
	if err != nil {
		return nil, err
	}
	return hooksPage(t, cut(t, all, func(w *store.ApplicationWebhook) string { return w.ID })), nil
}

func (v *visit) changeHooks() error {
	in := v.input
	return v.changeThings("webhooks", identity.WriteProducts, (*visit).hooksPage, map[string]deed{
		"add": func(ctx context.Context, o *office.Office, product string) (string, error) {
			w, err := o.AddWebhook(ctx, v.actor, product, in.Text("id"), in.Text("url"), in.Text("user_agent"), in.Bool("authed"))
			return v.t("The webhook is there. Apps name it %s.", w.ID), err
		},
		"drop": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("The webhook is gone."), o.DropWebhook(ctx, v.actor, product, in.Text("id"))
		},
		"drop_all": func(ctx context.Context, o *office.Office, product string) (string, error) {
			n, err := o.DropWebhooks(ctx, v.actor, product)
			return web.N(ctx, n, "%d webhook is gone.", "%d webhooks are gone."), err
		},
	})
}

func (v *visit) applicationBlocks() error {
	return v.showThings("blocks", identity.WriteCustomers, (*visit).blocksPage)
}

// blocksPage shows what is kept out, or with list=allow what is let in whatever else is said.
func (v *visit) blocksPage(t *things) (templ.Component, error) {
	kind, value, _ := strings.Cut(v.after(), ":")
	allow := v.input.Text("list") == "allow"
	all, err := v.p.d.Office.ListBlocks(v.Context(), v.actor, t.ref(), allow, store.Block{Kind: store.BlockKind(kind), Value: value}, listSize+1)
	if err != nil {
		return nil, err
	}
	list := cut(t, all, func(b *store.Block) string { return string(b.Kind) + ":" + b.Value })
	if t.next != "" && allow {
		t.next += "&list=allow"
	}
	return blocksPage(t, list, allow), nil
}

func (v *visit) changeBlocks() error {
	in := v.input
	kind, value := store.BlockKind(in.Text("kind")), in.Text("value")
	return v.changeThings("blocks", identity.WriteCustomers, (*visit).blocksPage, map[string]deed{
		"add": func(ctx context.Context, o *office.Office, product string) (string, error) {
			said := v.t("%s is kept out.", value)
			if kind == store.AllowAddress {
				said = v.t("%s is let in.", value)
			}
			return said, o.BlockEntry(ctx, v.actor, product, kind, value, in.Text("reason"))
		},
		"drop": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("Nothing is said of %s any more.", value), o.UnblockEntry(ctx, v.actor, product, kind, value)
		},
		"drop_all": func(ctx context.Context, o *office.Office, product string) (string, error) {
			n, err := o.DropBlocks(ctx, v.actor, product, in.Text("list") == "allow")
			return web.N(ctx, n, "%d entry is gone.", "%d entries are gone."), err
		},
	})
}

func (v *visit) applicationButtons() error {
	return v.showThings("buttons", identity.WriteProducts, (*visit).buttonsPage)
}

func (v *visit) buttonsPage(t *things) (templ.Component, error) {
	all, err := v.p.d.Office.ListButtons(v.Context(), v.actor, t.ref(), v.after(), listSize+1)
	if err != nil {
		return nil, err
	}
	return buttonsPage(t, cut(t, all, func(b *store.ApplicationButton) string { return b.Value })), nil
}

func (v *visit) changeButtons() error {
	in := v.input
	value := in.Text("value")
	return v.changeThings("buttons", identity.WriteProducts, (*visit).buttonsPage, map[string]deed{
		"add": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("The button %s is saved.", value), o.SaveButton(ctx, v.actor, product, value, in.Text("label"))
		},
		"drop": func(ctx context.Context, o *office.Office, product string) (string, error) {
			return v.t("The button %s is gone.", value), o.DropButton(ctx, v.actor, product, value)
		},
	})
}

// blockName is a kind of block as people call it.
func blockName(ctx context.Context, kind store.BlockKind) string {
	switch kind {
	case store.BlockAddress:
		return web.T(ctx, "Address")
	case store.BlockHardware:
		return web.T(ctx, "Machine")
	case store.AllowAddress:
		return web.T(ctx, "Address let in")
	}
	return string(kind)
}

// shownUser is the user whose ban a block came with; "" is nobody's.
func shownUser(id license.LicenseUserID) string {
	if id == 0 {
		return ""
	}
	return idText(id)
}

// fileFault is what is wrong with the address of a file, or with what lies there.
func fileFault(faults web.Faults) string { return cmp.Or(faults["url"], faults["size"]) }

// sizeText is a size as people read it.
func sizeText(ctx context.Context, bytes int64) string {
	const kib, mib = 1 << 10, 1 << 20
	switch {
	case bytes >= mib:
		return web.T(ctx, "%s MiB", strconv.FormatFloat(float64(bytes)/mib, 'f', 1, 64))
	case bytes >= kib:
		return web.T(ctx, "%s KiB", strconv.FormatFloat(float64(bytes)/kib, 'f', 1, 64))
	}
	return web.N(ctx, bytes, "%d byte", "%d bytes")
}
