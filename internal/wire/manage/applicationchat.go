package manage

import (
	"context"
	"net/http"
	"strconv"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/store"
	"licet/internal/wire/api"
)

// ChatChannel is where users of an application write to each other.
type ChatChannel struct {
	Name  string `json:"name" example:"general"`
	Delay int64  `json:"delay_seconds" doc:"Between two messages of a user." example:"5"`
}

// Mute keeps a user from writing.
type Mute struct {
	User  license.LicenseUserID `json:"user_id" example:"1774267200000006"`
	Name  string                `json:"user" example:"bob"`
	Until license.Time          `json:"until"`
}

// ApplicationButton is a button of the vendor's web loader.
type ApplicationButton struct {
	Value string `json:"value" doc:"What it stands for." example:"inject"`
	Label string `json:"label" example:"Start"`
}

type ofChannel struct {
	ofProduct
	Channel string `path:"channel" doc:"The name of the channel." example:"general"`
}

type newChannel struct {
	ofProduct
	Body struct {
		Name  string `json:"name" minLength:"1" maxLength:"50" example:"general"`
		Delay int64  `json:"delay_seconds" minimum:"0" maximum:"604800" doc:"Between two messages of a user." example:"5"`
	}
}

type changeChannel struct {
	ofChannel
	Body struct {
		Delay api.Change[int64] `json:"delay_seconds,omitzero" required:"false" minimum:"0" maximum:"604800" example:"5"`
	}
}

func addApplicationChat(a *api.API) {
	const tag, all, one = "Chat", applicationPath + "/channels", applicationPath + "/channels/{channel}"
	api.Add(a, op(tag, "listChannels", http.MethodGet, all, "List the chat channels of an application", identity.ReadCustomers),
		func(ctx context.Context, c *api.Call, in *listOfApplication) (api.List[ChatChannel], error) {
			after, err := in.After()
			if err != nil {
				return api.List[ChatChannel]{}, err
			}
			found, err := c.Office.ListChannels(ctx, c.Actor, in.Product, after, in.Limit)
			return api.ListOf(in.Paged, found, viewChannel, func(ch *store.ChatChannel) string { return ch.Name }), err
		})
	api.Add(a, with(op(tag, "createChannel", http.MethodPost, all, "Create a chat channel", identity.WriteCustomers), creates),
		func(ctx context.Context, c *api.Call, in *newChannel) (ChatChannel, error) {
			if err := c.Office.AddChannel(ctx, c.Actor, in.Product, in.Body.Name, in.Body.Delay); err != nil {
				return ChatChannel{}, err
			}
			c.Created(pathOf("/applications", in.Product, "channels", in.Body.Name))
			return ChatChannel{in.Body.Name, in.Body.Delay}, nil
		})
	api.Add(a, with(op(tag, "showChannel", http.MethodGet, one, "Show a chat channel", identity.ReadCustomers), tagged),
		func(ctx context.Context, c *api.Call, in *ofChannel) (ChatChannel, error) {
			return channel(in.Channel)(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "changeChannel", http.MethodPatch, one, "Change a chat channel", identity.WriteCustomers), changes),
		func(ctx context.Context, c *api.Call, in *changeChannel) (ChatChannel, error) {
			return alter(at(ctx, c, in.Product), identity.WriteCustomers, channel(in.Channel), func(p place) error {
				if !in.Body.Delay.Given {
					return nil
				}
				return p.office.ChangeChannel(ctx, c.Actor, p.product, in.Channel, in.Body.Delay.Value)
			})
		})
	api.Add(a, with(op(tag, "deleteChannel", http.MethodDelete, one, "Remove a chat channel with its messages", identity.WriteCustomers), changes),
		func(ctx context.Context, c *api.Call, in *ofChannel) (ChatChannel, error) {
			return remove(at(ctx, c, in.Product), identity.WriteCustomers, channel(in.Channel), func(p place) error {
				return p.office.DropChannel(ctx, c.Actor, p.product, in.Channel)
			})
		})
	api.Add(a, with(op(tag, "clearChannel", http.MethodPost, one+"/clear", "Remove the messages of a chat channel", identity.WriteCustomers), destroys,
		describedAs("It answers how many they were.")),
		func(ctx context.Context, c *api.Call, in *ofChannel) (Count, error) {
			return many(at(ctx, c, in.Product), identity.WriteCustomers, func(p place) (int64, error) {
				return p.office.ClearChannel(ctx, c.Actor, p.product, in.Channel)
			})
		})
	api.Add(a, op(tag, "listMutes", http.MethodGet, applicationPath+"/mutes", "List who may not write now", identity.ReadCustomers), listMutes)
}

func listMutes(ctx context.Context, c *api.Call, in *listOfApplication) (api.List[Mute], error) {
	text, err := in.After()
	if err != nil {
		return api.List[Mute]{}, err
	}
	after := int64(0)
	if text != "" {
		if after, err = strconv.ParseInt(text, 10, 64); err != nil {
			return api.List[Mute]{}, license.Invalidf("cursor", "a cursor is the next of the list before, as it is")
		}
	}
	found, err := c.Office.ListMutes(ctx, c.Actor, in.Product, license.LicenseUserID(after), in.Limit)
	return api.ListOf(in.Paged, found, func(m *store.Mute) Mute { return Mute{m.User, m.Name, m.Until} }, func(m *store.Mute) string { return api.ID(m.User) }), err
}

func channel(name string) func(place) (ChatChannel, error) {
	return func(p place) (ChatChannel, error) {
		found, err := p.office.FindChannel(p.ctx, p.c.Actor, p.product, name)
		return viewChannel(&found), err
	}
}

func viewChannel(c *store.ChatChannel) ChatChannel { return ChatChannel{c.Name, c.Delay} }

type ofButton struct {
	ofProduct
	Value string `path:"value" doc:"What the button stands for." example:"inject"`
}

type putButton struct {
	ofButton
	Body struct {
		Label string `json:"label" minLength:"1" maxLength:"100" example:"Start"`
	}
}

func addApplicationButtons(a *api.API) {
	const tag, all, one = "Application buttons", applicationPath + "/buttons", applicationPath + "/buttons/{value}"
	api.Add(a, op(tag, "listButtons", http.MethodGet, all, "List the buttons of the web loader", identity.ReadProducts),
		func(ctx context.Context, c *api.Call, in *listOfApplication) (api.List[ApplicationButton], error) {
			after, err := in.After()
			if err != nil {
				return api.List[ApplicationButton]{}, err
			}
			found, err := c.Office.ListButtons(ctx, c.Actor, in.Product, after, in.Limit)
			return api.ListOf(in.Paged, found, viewButton, func(b *store.ApplicationButton) string { return b.Value }), err
		})
	api.Add(a, with(op(tag, "showButton", http.MethodGet, one, "Show a button", identity.ReadProducts), tagged),
		func(ctx context.Context, c *api.Call, in *ofButton) (ApplicationButton, error) {
			return button(in.Value)(at(ctx, c, in.Product))
		})
	api.Add(a, with(op(tag, "setButton", http.MethodPut, one, "Make a button, or give it another label", identity.WriteProducts), changes),
		func(ctx context.Context, c *api.Call, in *putButton) (ApplicationButton, error) {
			return alter(at(ctx, c, in.Product), identity.WriteProducts, button(in.Value), func(p place) error {
				return p.office.SaveButton(ctx, c.Actor, p.product, in.Value, in.Body.Label)
			})
		})
	api.Add(a, with(op(tag, "deleteButton", http.MethodDelete, one, "Remove a button", identity.WriteProducts), changes),
		func(ctx context.Context, c *api.Call, in *ofButton) (ApplicationButton, error) {
			return remove(at(ctx, c, in.Product), identity.WriteProducts, button(in.Value), func(p place) error {
				return p.office.DropButton(ctx, c.Actor, p.product, in.Value)
			})
		})
	api.Add(a, with(op(tag, "deleteButtons", http.MethodDelete, all, "Remove every button", identity.WriteProducts), destroys),
		func(ctx context.Context, c *api.Call, in *ofProduct) (Count, error) {
			return many(at(ctx, c, in.Product), identity.WriteProducts, func(p place) (int64, error) { return p.office.DropButtons(ctx, c.Actor, p.product) })
		})
}

func button(value string) func(place) (ApplicationButton, error) {
	return func(p place) (ApplicationButton, error) {
		b, err := p.office.FindButton(p.ctx, p.c.Actor, p.product, value)
		return viewButton(&b), err
	}
}

func viewButton(b *store.ApplicationButton) ApplicationButton {
	return ApplicationButton{b.Value, b.Label}
}
