package keyauth

import (
	"encoding/hex"
	"net/http"

	"licet/internal/authority"
	"licet/internal/license"
)

// variable answers type=var: a variable of the application, whose value is the message.
func (c *call) variable() error {
	value, err := c.d.authority.Variable(c.ctx(), &c.visit, c.fields[varidField])
	if err != nil {
		return err
	}
	return c.done(value)
}

// getVariable answers type=getvar: a variable of the user.
func (c *call) getVariable() error {
	value, err := c.d.authority.UserVariable(c.ctx(), &c.visit, c.first(varField, varidField))
	if err != nil {
		return err
	}
	w := c.succeed("Successfully retrieved variable")
	w.Key("response").String(value)
	return c.send(w)
}

// setVariable answers type=setvar. JavaScript calls the variable varid.
func (c *call) setVariable() error {
	name := c.first(varField, varidField)
	err := c.d.authority.SetUserVariable(c.ctx(), &c.visit, name, c.fields[dataField])
	switch {
	case name == "" && license.CodeOf(err) == license.Invalid:
		return noVariable
	case err != nil:
		return err
	}
	return c.done("Successfully set variable")
}

// writeLog answers type=log, in 1.2 with nothing at all (§7).
func (c *call) writeLog() error {
	if err := c.d.authority.WriteLog(c.ctx(), &c.visit, c.fields[messageField], c.fields[pcuserField]); err != nil {
		return err
	}
	if c.dialect == v12 {
		return c.write(http.StatusOK, textType, nil)
	}
	return c.done("Log sent")
}

// webhook answers type=webhook: the server calls what the vendor has set.
func (c *call) webhook() error {
	response, err := c.d.authority.CallWebhook(c.ctx(), &c.visit, authority.WebhookCall{
		ID: c.fields[webidField], Params: c.fields[paramsField], Body: c.fields[bodyField], ContentType: c.fields[conttypeField],
	})
	if err != nil {
		return err
	}
	w := c.begins(outRoom+len(response), true, success, "Webhook request successful")
	w.Key("response").String(response)
	return c.send(w)
}

// file answers type=file. A file may have 50 MB, so its digits are written once, and signed where they stand.
func (c *call) file() error {
	content, err := c.d.authority.ApplicationFile(c.ctx(), &c.visit, c.fields[fileidField])
	if err != nil {
		return err
	}
	digits := make([]byte, 1, 2+hex.EncodedLen(len(content)))
	digits[0] = '"'
	digits = append(hex.AppendEncode(digits, content), '"')
	w := c.begins(outRoom+len(digits), true, success, "File download successful")
	w.Key("contents").Raw(digits)
	return c.send(w)
}

// chatMessages answers type=chatget.
func (c *call) chatMessages() error {
	lines, err := c.d.authority.ChatMessages(c.ctx(), &c.visit, c.fields[channelField])
	if err != nil {
		return err
	}
	w := c.succeed("Successfully retrieved chat messages")
	w.Key("messages").Array()
	for i := range lines {
		w.Object()
		w.Key("author").String(lines[i].Author)
		w.Key("message").String(lines[i].Message)
		w.Key("timestamp").Int(int64(lines[i].At) / 1e6)
		w.End()
	}
	w.End()
	return c.send(w)
}

// sendChat answers type=chatsend.
func (c *call) sendChat() error {
	if err := c.d.authority.SendChat(c.ctx(), &c.visit, c.fields[channelField], c.fields[messageField]); err != nil {
		return err
	}
	return c.done("Successfully sent chat message")
}
