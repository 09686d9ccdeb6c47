package platform

import (
	"context"
	"net/url"

	"github.com/a-h/templ"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/web"
)

// appKeysView is what the list of app keys shows.
type appKeysView struct {
	keyHead
	in       url.Values
	faults   web.Faults
	list     []office.AppKey
	names    map[license.ProductID]string
	products []web.Option
	next     string
	made     office.AppKey   // just now; the zero one is none
	secret   identity.Secret // of it
	public   string          // the key that answers to it are signed with; "" is none
}

// appKeysView opens the page; made is what was made just now.
func (v *visit) appKeysView(in url.Values) (*appKeysView, error) {
	before, _ := license.ParseID(v.URL.Query().Get("before"))
	list, err := v.p.d.Office.ListAppKeys(v.Context(), v.actor, office.Page{Before: before, Limit: listSize + 1})
	if err != nil {
		return nil, err
	}
	view := &appKeysView{keyHead: v.keyHead("/apps", identity.WriteKeys), in: in, list: list}
	if len(list) > listSize {
		view.list = list[:listSize]
		view.next = base + "/keys/apps" + web.Query(nil, "before", idText(list[listSize-1].ID))
	}
	if view.names, err = v.productNames(); err != nil {
		return nil, err
	}
	all, err := v.p.d.Office.ListProducts(v.Context(), v.actor, false, office.Page{Limit: 1000})
	view.products = productOptions(v.Context(), all, v.t("every product"))
	return view, err
}

func (v *visit) appKeys() error {
	view, err := v.appKeysView(url.Values{})
	if err != nil {
		return err
	}
	return v.draw(v.t("App keys"), appKeysPage(view))
}

// createAppKey shows the secret in its answer.
func (v *visit) createAppKey() error {
	in := v.input
	made, secret, err := v.p.d.Office.CreateAppKey(v.Context(), v.actor, office.NewAppKey{
		Name: in.Text("name"), Kind: store.AppKeyKind(in.Text("kind")), ReadOnly: in.Bool("read_only"), Product: in.Text("product"),
	})
	typed := in.Values
	if err == nil {
		typed = url.Values{}
	}
	view, failed := v.appKeysView(typed)
	if failed != nil {
		return failed
	}
	if err != nil {
		return v.again(err, v.t("App keys"), func(f web.Faults) templ.Component {
			view.faults = f
			return appKeysPage(view)
		})
	}
	view.made, view.secret = made, secret
	if made.Kind != store.BasicClient {
		key, err := v.p.d.Office.AnswerKey(v.Context(), v.actor)
		if err != nil {
			return err
		}
		view.public = key.Public
	}
	return v.draw(v.t("App keys"), appKeysPage(view))
}

func (v *visit) revokeAppKey() error {
	key, err := v.p.d.Office.FindAppKey(v.Context(), v.actor, v.PathValue("key"))
	if err != nil {
		return err
	}
	if _, err := v.p.d.Office.RevokeAppKey(v.Context(), v.actor, key.PublicID); err != nil {
		return err
	}
	v.say(web.Good, "The app key %s is revoked.", key.PublicID)
	return v.redirect("/keys/apps")
}

// kindName is a kind of app key as people call it.
func kindName(ctx context.Context, kind store.AppKeyKind) string {
	switch kind {
	case store.HMACKey:
		return web.T(ctx, "API key and shared key")
	case store.OAuthClient:
		return web.T(ctx, "OAuth client")
	case store.BasicClient:
		return web.T(ctx, "Client id and key")
	}
	return string(kind)
}

// ofApplication is what the pages of the keys of applications have in common.
type ofApplication struct {
	keyHead
	path    string // of the page, below base
	product string // whose application it is; "" is none yet
	app     string // its name
	choices []web.Option
	in      url.Values
	faults  web.Faults
	next    string
}

// openOfApplication finds the applications to choose from, and the one that was chosen; of a single one that is the choice.
func (v *visit) openOfApplication(tab string, needs identity.Permission) (*ofApplication, error) {
	view := &ofApplication{keyHead: v.keyHead(tab, needs), path: "/keys" + tab, product: v.input.Text("product"), in: url.Values{}}
	list, err := v.p.d.Office.ListApplications(v.Context(), v.actor, office.Page{Limit: 1000})
	if err != nil {
		return nil, err
	}
	for i := range list {
		view.choices = append(view.choices, web.Option{Value: idText(list[i].Product), Label: list[i].Name})
	}
	if view.product == "" && len(list) > 0 {
		view.product = idText(list[0].Product)
	}
	if view.product == "" {
		return view, nil
	}
	app, err := v.p.d.Office.FindApplication(v.Context(), v.actor, view.product)
	view.app = app.Name
	return view, err
}

// here is the address of the page for the chosen application, below base.
func (a *ofApplication) here(pairs ...string) string {
	return a.path + web.Query(nil, append([]string{"product", a.product}, pairs...)...)
}

// sellerKeysView are the seller keys of an application.
type sellerKeysView struct {
	*ofApplication
	list   []store.SellerKey
	secret identity.Secret // of the one that was made just now; "" is none
	url    string          // where sellers call
}

func (v *visit) sellerKeysView() (*sellerKeysView, error) {
	at, err := v.openOfApplication("/sellers", identity.WriteKeys)
	if err != nil {
		return nil, err
	}
	view := &sellerKeysView{ofApplication: at, url: v.p.origin(v.Request) + "/keyauth/api/seller/"}
	if at.product != "" {
		view.list, err = v.p.d.Office.ListSellerKeys(v.Context(), v.actor, at.product)
	}
	return view, err
}

func (v *visit) sellerKeys() error {
	view, err := v.sellerKeysView()
	if err != nil {
		return err
	}
	return v.draw(v.t("Seller keys"), sellerKeysPage(view))
}

func (v *visit) createSellerKey() error {
	_, secret, err := v.p.d.Office.CreateSellerKey(v.Context(), v.actor, office.NewSellerKey{Product: v.input.Text("product"), Name: v.input.Text("name")})
	view, failed := v.sellerKeysView()
	if failed != nil {
		return failed
	}
	if err != nil {
		return v.again(err, v.t("Seller keys"), func(f web.Faults) templ.Component {
			view.in, view.faults = v.input.Values, f
			return sellerKeysPage(view)
		})
	}
	view.secret = secret
	return v.draw(v.t("Seller keys"), sellerKeysPage(view))
}

func (v *visit) revokeSellerKey() error {
	id, err := v.id("key")
	if err != nil {
		return err
	}
	product := v.input.Text("product")
	key, err := v.p.d.Office.FindSellerKey(v.Context(), v.actor, product, license.SellerKeyID(id))
	if err != nil {
		return err
	}
	if _, err := v.p.d.Office.RevokeSellerKey(v.Context(), v.actor, key.ID); err != nil {
		return err
	}
	v.say(web.Good, "The seller key %s is revoked.", key.Hint)
	return v.redirect("/keys/sellers" + web.Query(nil, "product", product))
}

// programTokensView are the tokens of the programs of an application.
type programTokensView struct {
	*ofApplication
	list   []store.ProgramToken
	secret identity.Secret // of the one that was made just now; "" is none
}

func (v *visit) programTokensView() (*programTokensView, error) {
	at, err := v.openOfApplication("/programs", identity.WriteLicenses)
	if err != nil {
		return nil, err
	}
	view := &programTokensView{ofApplication: at}
	if at.product == "" {
		return view, nil
	}
	view.list, err = v.p.d.Office.ListProgramTokens(v.Context(), v.actor, at.product, v.after(), listSize+1)
	if len(view.list) > listSize {
		view.next = base + at.here("after", view.list[listSize-1].Handle())
		view.list = view.list[:listSize]
	}
	return view, err
}

func (v *visit) programTokens() error {
	view, err := v.programTokensView()
	if err != nil {
		return err
	}
	return v.draw(v.t("Program tokens"), programTokensPage(view))
}

func (v *visit) createProgramToken() error {
	secret, _, err := v.p.d.Office.CreateProgramToken(v.Context(), v.actor, v.input.Text("product"), v.input.Text("holder"))
	view, failed := v.programTokensView()
	if failed != nil {
		return failed
	}
	if err != nil {
		return v.again(err, v.t("Program tokens"), func(f web.Faults) templ.Component {
			view.in, view.faults = v.input.Values, f
			return programTokensPage(view)
		})
	}
	view.secret = secret
	return v.draw(v.t("Program tokens"), programTokensPage(view))
}

// judgeProgramToken bans a token, or takes that back.
func (v *visit) judgeProgramToken() error {
	product, token := v.input.Text("product"), v.PathValue("token")
	path := "/keys/programs"
	switch v.input.Text("act") {
	case "ban":
		if err := v.p.d.Office.BanProgramToken(v.Context(), v.actor, product, token, v.input.Text("reason")); err != nil {
			return err
		}
		v.sayUndo(path+"/"+url.PathEscape(token)+"/judge", map[string]string{"act": "unban", "product": product}, "Programs that bring this token are refused.")
	case "unban":
		if err := v.p.d.Office.UnbanProgramToken(v.Context(), v.actor, product, token); err != nil {
			return err
		}
		v.say(web.Good, "Programs that bring this token are let in again.")
	default:
		return license.Invalidf("act", "choose what to do")
	}
	return v.redirect(path + web.Query(nil, "product", product))
}

// madeText says what the name of a new app key is for.
func madeText(ctx context.Context, kind store.AppKeyKind) string {
	if kind == store.HMACKey {
		return web.T(ctx, "The API key, which the app sends with each request:")
	}
	return web.T(ctx, "The client id:")
}
