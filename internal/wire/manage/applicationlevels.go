package manage

import (
	"context"
	"net/http"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/wire/api"
)

// ApplicationLevel is a name for what licenses of a number grant; KeyAuth calls it a subscription.
type ApplicationLevel struct {
	ID      license.LevelID `json:"id" example:"1774267200000005"`
	Name    string          `json:"name" example:"default"`
	Level   int64           `json:"level" doc:"Of the licenses that grant it. Several may have the same: then a license grants them all." example:"1"`
	Paused  bool            `json:"paused" doc:"Who holds only this is kept out, and its time does not run."`
	Created license.Time    `json:"created_at"`
}

// LevelHolders says how many hold a level.
type LevelHolders struct {
	Holders int64 `json:"holders" doc:"Users who hold it and have time left." example:"12"`
}

type ofLevel struct {
	ofProduct
	Level string `path:"level" doc:"The name of the level." example:"default"`
}

type newLevel struct {
	ofProduct
	Body struct {
		Name  string `json:"name" minLength:"1" maxLength:"49" example:"pro"`
		Level int64  `json:"level" minimum:"0" example:"2"`
	}
}

type changeLevel struct {
	ofLevel
	Body struct {
		Level api.Change[int64] `json:"level,omitzero" required:"false" minimum:"0" example:"3"`
	}
}

func addApplicationLevels(a *api.API) {
	const tag, all, one = "Application levels", applicationPath + "/levels", applicationPath + "/levels/{level}"
	api.Add(a, op(tag, "listLevels", http.MethodGet, all, "List the levels of an application", identity.ReadProducts),
		func(ctx context.Context, c *api.Call, in *ofProduct) (api.List[ApplicationLevel], error) {
			found, err := c.Office.Levels(ctx, c.Actor, in.Product)
			return whole(found, viewLevel), err
		})
	api.Add(a, with(op(tag, "createLevel", http.MethodPost, all, "Create a level", identity.WriteProducts), creates,
		describedAs("Licenses of its number grant it to whoever redeems them from now on.")),
		func(ctx context.Context, c *api.Call, in *newLevel) (ApplicationLevel, error) {
			l, err := c.Office.CreateLevel(ctx, c.Actor, in.Product, in.Body.Name, in.Body.Level)
			if err != nil {
				return ApplicationLevel{}, err
			}
			c.Created(pathOf("/applications", in.Product, "levels", l.Name))
			return viewLevel(&l), nil
		})
	api.Add(a, with(op(tag, "showLevel", http.MethodGet, one, "Show a level", identity.ReadProducts), tagged),
		func(ctx context.Context, c *api.Call, in *ofLevel) (ApplicationLevel, error) {
			return level(in.Level)(at(ctx, c, in.Product))
		})
	api.Add(a, op(tag, "countLevelHolders", http.MethodGet, one+"/holders", "Count who holds a level", identity.ReadProducts),
		func(ctx context.Context, c *api.Call, in *ofLevel) (LevelHolders, error) {
			n, err := c.Office.CountHolders(ctx, c.Actor, in.Product, in.Level)
			return LevelHolders{n}, err
		})
	api.Add(a, with(op(tag, "changeLevel", http.MethodPatch, one, "Give a level another number", identity.WriteProducts), changes,
		describedAs("Who holds it goes on holding it; it is licenses redeemed from now on that differ.")),
		func(ctx context.Context, c *api.Call, in *changeLevel) (ApplicationLevel, error) {
			return alter(at(ctx, c, in.Product), identity.WriteProducts, level(in.Level), func(p place) error {
				if !in.Body.Level.Given {
					return nil
				}
				_, err := p.office.ChangeLevel(ctx, c.Actor, p.product, in.Level, in.Body.Level.Value)
				return err
			})
		})
	api.Add(a, with(op(tag, "deleteLevel", http.MethodDelete, one, "Take a level from everybody and remove it", identity.WriteProducts), changes,
		describedAs("The one that every application begins with stays.")),
		func(ctx context.Context, c *api.Call, in *ofLevel) (ApplicationLevel, error) {
			return remove(at(ctx, c, in.Product), identity.WriteProducts, level(in.Level), func(p place) error {
				_, err := p.office.DropLevel(ctx, c.Actor, p.product, in.Level)
				return err
			})
		})
	for _, verb := range []struct {
		id, path, summary string
		do                func(*office.Office, context.Context, identity.Actor, string, string) error
	}{
		{"pauseLevel", "/pause", "Keep out who holds only this level", (*office.Office).PauseLevel},
		{"resumeLevel", "/resume", "Let the time of a level run on", (*office.Office).ResumeLevel},
	} {
		api.Add(a, with(op(tag, verb.id, http.MethodPost, one+verb.path, verb.summary, identity.WriteProducts), changes),
			func(ctx context.Context, c *api.Call, in *ofLevel) (ApplicationLevel, error) {
				return alter(at(ctx, c, in.Product), identity.WriteProducts, level(in.Level), func(p place) error {
					return verb.do(p.office, ctx, c.Actor, p.product, in.Level)
				})
			})
	}
}

// level shows the level of a name.
func level(name string) func(place) (ApplicationLevel, error) {
	return func(p place) (ApplicationLevel, error) {
		l, err := p.office.FindLevel(p.ctx, p.c.Actor, p.product, name)
		return viewLevel(&l), err
	}
}

func viewLevel(l *license.Level) ApplicationLevel {
	return ApplicationLevel{ID: l.ID, Name: l.Name, Level: l.Number, Paused: l.Paused, Created: l.Created}
}
