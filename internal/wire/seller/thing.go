package seller

import (
	"net/http"
	"strconv"

	"licet/internal/license"
	"licet/internal/store"
)

// authed reads whether a thing is for who is signed in alone, which it is where nothing is said. It is refused where
// something else than yes or no is said.
func (c *call) authed() (bool, error) {
	if c.get("authed") == "" {
		return true, nil
	}
	if on := c.maybe("authed"); on != nil {
		return *on, nil
	}
	return false, say("Authed must be 0 or 1")
}

func (c *call) addVariable() error {
	authed, err := c.authed()
	if err != nil {
		return err
	}
	v := store.ApplicationVariable{Name: c.get("name"), Value: c.exactly("data"), Authed: authed}
	err = c.office().SaveVariable(c.ctx(), c.actor, c.product, v, true)
	if license.CodeOf(err) == license.Conflict {
		return say("Variable name already exists!")
	}
	return c.outcome(err, "Successfully created variable!", "")
}

// editVariable gives a variable another value. Who may read it stays, unless it is said.
func (c *call) editVariable() error {
	v, err := c.office().FindVariable(c.ctx(), c.actor, c.product, c.get("varid", "name"))
	if err != nil {
		return in(err, http.StatusOK, "Variable not found")
	}
	v.Value = c.exactly("data")
	if authed := c.maybe("authed"); authed != nil {
		v.Authed = *authed
	}
	return c.outcome(c.office().SaveVariable(c.ctx(), c.actor, c.product, v, false), "Variable Edit Successful", "")
}

// variable answers with the value where all others have their message.
func (c *call) variable() error {
	v, err := c.office().FindVariable(c.ctx(), c.actor, c.product, c.get("name", "varid"))
	return c.outcome(err, v.Value, "Variable not found")
}

func (c *call) deleteVariable() error {
	err := c.office().DropVariable(c.ctx(), c.actor, c.product, c.get("name", "varid"))
	return c.outcome(err, "Successfully deleted variable!", "Failed to delete variable!")
}

func (c *call) deleteVariables() error {
	n, err := c.office().DropVariables(c.ctx(), c.actor, c.product)
	return c.counted(n, err, "Successfully deleted all variables!", "Failed to delete all variables!")
}

func (c *call) allVariables() error {
	return send(c, listing[store.ApplicationVariable]{
		message: "Successfully retrieved variables", name: "vars", empty: "No variables Found",
		all: pages(func(last *store.ApplicationVariable) ([]store.ApplicationVariable, error) {
			after := ""
			if last != nil {
				after = last.Name
			}
			return c.office().ListVariables(c.ctx(), c.actor, c.product, after, pageSize)
		}),
		row: func(r *row, v *store.ApplicationVariable) {
			r.text("varid", v.Name).text("msg", v.Value).flag("authed", v.Authed)
		},
		columns: []string{"varid", "msg"},
	})
}

func (c *call) addFile() error {
	authed, err := c.authed()
	if err != nil {
		return err
	}
	f, err := c.office().AddFile(c.ctx(), c.actor, c.product, c.get("url"), authed)
	if err != nil {
		return fileRefusal(err)
	}
	return c.done("File ID " + f.ID + " Uploaded Successfully")
}

// fileRefusal tells why a file cannot be had.
func fileRefusal(err error) error {
	shown := license.Describe(err)
	switch {
	case shown.Reason == license.OutsideFailed:
		return say(shown.Message) // Somebody else's server is away, not this one.
	case shown.Code == license.Invalid && shown.Field == "url":
		return say("URL is invalid")
	case shown.Code == license.Invalid && shown.Field == "size":
		return say("File size limit is 50 MB.")
	}
	return err
}

func (c *call) editFile() error {
	var url *string
	if text := c.get("url"); text != "" {
		url = &text
	}
	_, err := c.office().EditFile(c.ctx(), c.actor, c.product, c.get("id", "fileid"), url, c.maybe("authed"))
	if err != nil {
		return fileRefusal(err)
	}
	return c.done("Successfully edited file!")
}

func (c *call) file() error {
	f, err := c.office().FindFile(c.ctx(), c.actor, c.product, c.get("id", "fileid"))
	if err != nil {
		return in(err, http.StatusOK, "File not Found")
	}
	var inner, r row
	inner.text("id", f.ID).text("url", f.URL).text("name", f.Name).text("size", sizeText(f.Size)).flag("authed", f.Authed)
	if c.bare() {
		return c.object("", &inner)
	}
	return c.object("Successfully retrieved file", r.row("file", &inner))
}

// sizeText is a size as people read it.
func sizeText(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return strconv.FormatInt(bytes, 10) + " B"
	case bytes < 1<<20:
		return strconv.FormatFloat(float64(bytes)/(1<<10), 'f', 2, 64) + " KB"
	}
	return strconv.FormatFloat(float64(bytes)/(1<<20), 'f', 2, 64) + " MB"
}

// deleteFile says of one file what the reference says of all.
func (c *call) deleteFile() error {
	err := c.office().DropFile(c.ctx(), c.actor, c.product, c.get("fileid", "id"))
	return c.outcome(err, "Successfully deleted all files!", "Failed to delete file!")
}

func (c *call) deleteFiles() error {
	n, err := c.office().DropFiles(c.ctx(), c.actor, c.product)
	return c.counted(n, err, "Successfully deleted all files!", "Failed to delete all files!")
}

func (c *call) allFiles() error {
	return send(c, listing[store.ApplicationFile]{
		message: "Successfully retrieved files", name: "files", empty: "No files Found",
		all: pages(func(last *store.ApplicationFile) ([]store.ApplicationFile, error) {
			after := ""
			if last != nil {
				after = last.ID
			}
			return c.office().ListFiles(c.ctx(), c.actor, c.product, after, pageSize)
		}),
		row:     func(r *row, f *store.ApplicationFile) { r.text("id", f.ID).text("url", f.URL) },
		columns: []string{"id", "url"},
	})
}

// addWebhook answers with the id too, which is made here unless the bot brings one.
func (c *call) addWebhook() error {
	const failed = "Failed to add webhook!"
	authed, err := c.authed()
	if err != nil {
		return err
	}
	w, err := c.office().AddWebhook(c.ctx(), c.actor, c.product, c.get("webid"), c.get("baseurl"), c.get("ua", "us"), authed)
	if err != nil {
		return in(err, http.StatusOK, failed)
	}
	const message = "Successfully added webhook!"
	if c.bare() {
		return c.done(message)
	}
	var r row
	return c.object(message, r.text("webid", w.ID))
}

func (c *call) deleteWebhook() error {
	err := c.office().DropWebhook(c.ctx(), c.actor, c.product, c.get("webid"))
	return c.outcome(err, "Successfully deleted webhook!", "Failed to delete webhook!")
}

func (c *call) deleteWebhooks() error {
	n, err := c.office().DropWebhooks(c.ctx(), c.actor, c.product)
	return c.counted(n, err, "Successfully deleted all webhooks!", "Failed to delete all webhooks!")
}

func (c *call) allWebhooks() error {
	return send(c, listing[store.ApplicationWebhook]{
		message: "Successfully retrieved webhooks", name: "webhooks", empty: "No webhooks Found",
		all: pages(func(last *store.ApplicationWebhook) ([]store.ApplicationWebhook, error) {
			after := ""
			if last != nil {
				after = last.ID
			}
			return c.office().ListWebhooks(c.ctx(), c.actor, c.product, after, pageSize)
		}),
		row: func(r *row, w *store.ApplicationWebhook) {
			r.text("webid", w.ID).text("short_baselink", w.Host).option("useragent", w.UserAgent).flag("authed", w.Authed)
		},
		columns: []string{"webid", "short_baselink"},
	})
}

func (c *call) addButton() error {
	err := c.office().SaveButton(c.ctx(), c.actor, c.product, c.get("value"), c.get("text"))
	return c.outcome(err, "Successfully added button!", "Failed to add button!")
}

func (c *call) deleteButton() error {
	err := c.office().DropButton(c.ctx(), c.actor, c.product, c.get("value"))
	return c.outcome(err, "Successfully deleted button!", "Failed to delete button!")
}

func (c *call) deleteButtons() error {
	n, err := c.office().DropButtons(c.ctx(), c.actor, c.product)
	return c.counted(n, err, "Successfully deleted all buttons!", "Failed to delete all buttons!")
}

func (c *call) allButtons() error {
	return send(c, listing[store.ApplicationButton]{
		message: "Successfully retrieved buttons", name: "buttons", empty: "No buttons found",
		all: pages(func(last *store.ApplicationButton) ([]store.ApplicationButton, error) {
			after := ""
			if last != nil {
				after = last.Value
			}
			return c.office().ListButtons(c.ctx(), c.actor, c.product, after, pageSize)
		}),
		row:     func(r *row, b *store.ApplicationButton) { r.text("text", b.Label).text("value", b.Value) },
		columns: []string{"value", "text"},
	})
}
