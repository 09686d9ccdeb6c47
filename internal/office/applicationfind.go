package office

import (
	"context"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
)

// FindLevel returns a level of an application by name, in any letter case. NotFound where there is none.
func (o *Office) FindLevel(ctx context.Context, actor identity.Actor, product, name string) (l license.Level, err error) {
	err = o.lookAt(ctx, actor, identity.ReadProducts, product, func(at place) (err error) {
		l, err = at.FindLevel(at.tenant, at.app, name)
		return err
	})
	return l, err
}

// FindWebhook returns a webhook of an application, with scheme and host of its base URL alone. It refuses with WebhookUnknown.
func (o *Office) FindWebhook(ctx context.Context, actor identity.Actor, product, id string) (w store.ApplicationWebhook, err error) {
	err = o.lookAt(ctx, actor, identity.ReadProducts, product, func(at place) (err error) {
		w, err = at.FindApplicationWebhook(at.tenant, at.app, id)
		return err
	})
	w.BaseURL = nil
	return w, err
}

// FindBlock returns what an application says of an address or a machine. NotFound where it says nothing.
func (o *Office) FindBlock(ctx context.Context, actor identity.Actor, product string, kind store.BlockKind, value string) (b store.Block, err error) {
	value, err = blockValue(kind, value)
	if err != nil {
		return b, err
	}
	err = o.lookAt(ctx, actor, identity.ReadCustomers, product, func(at place) error {
		found := false
		if b, found, err = at.FindBlock(at.tenant, at.app, kind, value); err == nil && !found {
			err = license.Missing("block of", value)
		}
		return err
	})
	return b, err
}

// FindChannel returns a chat channel of an application. It refuses with ChannelUnknown.
func (o *Office) FindChannel(ctx context.Context, actor identity.Actor, product, name string) (c store.ChatChannel, err error) {
	err = o.lookAt(ctx, actor, identity.ReadCustomers, product, func(at place) (err error) {
		c, err = at.FindChatChannel(at.tenant, at.app, name)
		return err
	})
	return c, err
}

// FindButton returns a button of an application. NotFound where there is none.
func (o *Office) FindButton(ctx context.Context, actor identity.Actor, product, value string) (b store.ApplicationButton, err error) {
	err = o.lookAt(ctx, actor, identity.ReadProducts, product, func(at place) error {
		found := false
		if b, found, err = at.FindButton(at.tenant, at.app, value); err == nil && !found {
			err = license.Missing("button", value)
		}
		return err
	})
	return b, err
}

// FindStaff returns a manager or reseller of an application. It refuses with UserUnknown.
func (o *Office) FindStaff(ctx context.Context, actor identity.Actor, product, name string) (s store.ApplicationStaff, err error) {
	err = o.lookAt(ctx, actor, identity.ReadUsers, product, func(at place) (err error) {
		s, err = at.FindStaff(at.tenant, at.app, name)
		return err
	})
	return s, err
}

// FindProgramToken returns a token that programs of an application bring, by itself, its handle or its hint. It refuses as
// [Office.BanProgramToken] does.
func (o *Office) FindProgramToken(ctx context.Context, actor identity.Actor, product, token string) (t store.ProgramToken, err error) {
	err = o.lookAt(ctx, actor, identity.ReadLicenses, product, func(at place) (err error) {
		t, err = at.programToken(token)
		return err
	})
	return t, err
}

// FindSellerKey returns a seller key of an application by its identity, without its secret. NotFound where there is none.
func (o *Office) FindSellerKey(ctx context.Context, actor identity.Actor, product string, id license.SellerKeyID) (k store.SellerKey, err error) {
	err = o.lookAt(ctx, actor, identity.ReadKeys, product, func(at place) (err error) {
		k, err = at.FindSellerKeyOf(at.tenant, at.app, id)
		return err
	})
	return k, err
}
