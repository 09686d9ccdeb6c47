package authority

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"licet/internal/license"
	"licet/internal/outbound"
	"licet/internal/store"
)

const (
	maxFileBytes = 50 << 20         // of a file of an application (keyauth.md §11, upload)
	fileTime     = 30 * time.Second // for all of it
	filesOfOne   = 2                // files of an application in memory at once
	filesOfAll   = 6                // files of all of them

	maxWebhookBytes = 1 << 20 // of what a webhook answers
	webhooksOfOne   = 8       // webhooks of an application that are asked at once
	webhooksOfAll   = 64      // webhooks of all of them

	maxLogMessage = 275 // characters (keyauth.md §7, log)
	maxLogMachine = 32  // the same
	postsOfOne    = 4   // log lines of an application that are posted at once; more are only stored
	postsOfAll    = 16  // log lines of all of them
	postTime      = 5 * time.Second
)

// ApplicationFile fetches a file of an application from where the vendor keeps it (keyauth.md §7, file). It refuses with
// FileUnknown, with NotSignedIn where the file is for who is signed in, with FileGone where it is no longer there, with
// OutsideRefused and OutsideFailed as outbound.Client.Fetch does, and with ServerBusy where too many are being fetched: two of an
// application at once, of at most 50 MiB each.
func (a *Authority) ApplicationFile(ctx context.Context, v *Visit, id string) ([]byte, error) {
	var file store.ApplicationFile
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		file, err = tx.FindApplicationFile(v.App.Tenant, v.App.Product, id)
		return err
	})
	if err == nil && file.Authed {
		err = v.SignedIn()
	}
	if err != nil {
		return nil, err
	}
	release, err := a.files.take(v)
	if err != nil {
		return nil, err
	}
	defer release()
	got, err := a.outside.Fetch(ctx, outbound.Request{URL: file.URL, MaxBytes: maxFileBytes, MaxTime: fileTime})
	switch {
	case err != nil:
		return nil, err
	case got.Status == 403 || got.Status == 404 || got.Status == 410:
		return nil, license.Refuse(license.FileGone)
	case got.Status < 200 || got.Status > 299:
		return nil, license.Refusef(license.OutsideFailed, "the address answered with status %d", got.Status)
	}
	return got.Body, nil
}

// WebhookCall is what an app wants to ask by a webhook of its application.
type WebhookCall struct {
	ID          string
	Params      string // what follows the base URL, in URL encoding
	Body        string // "" asks with GET, anything else with POST
	ContentType string // of Body
}

// CallWebhook asks an address that the app does not know (keyauth.md §7, webhook) and returns the answer, whatever its status, as
// text of at most a megabyte. It refuses with WebhookUnknown, with NotSignedIn where the webhook is for who is signed in, with
// OutsideRefused also for parameters that lead to another host or out of the folder of the base URL, with OutsideFailed, and with
// ServerBusy where too many are asked at once.
func (a *Authority) CallWebhook(ctx context.Context, v *Visit, c WebhookCall) (string, error) {
	var hook store.ApplicationWebhook
	err := a.store.Read(ctx, func(tx *store.Tx) (err error) {
		hook, err = tx.FindApplicationWebhook(v.App.Tenant, v.App.Product, c.ID)
		return err
	})
	if err == nil && hook.Authed {
		err = v.SignedIn()
	}
	if err != nil {
		return "", err
	}
	base, err := a.keyring.Open(store.WebhookContext(v.App.Tenant, v.App.Product, hook.ID), hook.BaseURL)
	if err != nil {
		return "", license.Wrap(license.Internal, "the address of the webhook cannot be read", err)
	}
	address, err := webhookURL(string(base), c.Params)
	if err != nil {
		return "", err
	}
	ask := outbound.Request{Method: "GET", URL: address, UserAgent: hook.UserAgent, MaxBytes: maxWebhookBytes}
	if ask.UserAgent == "" {
		ask.UserAgent = defaultWebhookAgent
	}
	if c.Body != "" {
		ask.Method, ask.Body, ask.ContentType = "POST", c.Body, c.ContentType
	}
	release, err := a.webhooks.take(v)
	if err != nil {
		return "", err
	}
	defer release()
	got, err := a.outside.Fetch(ctx, ask)
	if err != nil {
		return "", err
	}
	return strings.ToValidUTF8(string(got.Body), "\uFFFD"), nil
}

// defaultWebhookAgent is what a webhook says of itself where the vendor says nothing else (keyauth.md §7).
const defaultWebhookAgent = "KeyAuth"

// webhookURL is the base URL with what an app adds to it. That comes from anybody: it may neither change the host, as
// "@example.net" would, nor leave the folder of the base URL.
func webhookURL(base, params string) (string, error) {
	from, err := outbound.ParseURL(base)
	if err != nil {
		return "", err
	}
	if plain, err := url.QueryUnescape(params); err == nil {
		params = plain
	}
	whole := base + escapeUnsafe(params)
	to, err := outbound.ParseURL(whole)
	if err != nil || to.Scheme != from.Scheme || to.Host != from.Host {
		return "", license.Refuse(license.OutsideRefused)
	}
	if climbs(to.Path) && !climbs(from.Path) {
		return "", license.Refuse(license.OutsideRefused)
	}
	return whole, nil
}

// climbs reports whether a path leads upwards somewhere; some servers take a backslash for a slash.
func climbs(path string) bool {
	return slices.Contains(strings.Split(strings.ReplaceAll(path, `\`, "/"), "/"), "..")
}

// escapeUnsafe encodes the bytes of a text that cannot stand in an address.
func escapeUnsafe(text string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c > ' ' && c < 0x7f {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}

// WriteLog keeps a line that an app wrote (keyauth.md §7, log), and posts it to the address of the settings where there is one:
// for at most five seconds, and whatever comes of it. machine is cut to 32 characters. It refuses as Invalid an empty message, of the
// field message, and one longer than 275 characters, of message_length. There is no event: the line itself is kept.
func (a *Authority) WriteLog(ctx context.Context, v *Visit, message, machine string) error {
	switch {
	case strings.TrimSpace(message) == "":
		return license.Invalidf("message", "say what to log")
	case utf8.RuneCountInString(message) > maxLogMessage:
		return license.Invalidf("message_length", "a line has at most %d characters", maxLogMessage)
	}
	if runes := []rune(machine); len(runes) > maxLogMachine {
		machine = string(runes[:maxLogMachine])
	}
	line := store.ApplicationLog{Message: message, Credential: v.Session.UserName, Machine: machine, Address: v.Address}
	err := a.store.Write(ctx, func(tx *store.Tx) error {
		line.At = a.now()
		return tx.AddApplicationLog(v.App.Tenant, v.App.Product, &line)
	})
	if err == nil && v.App.Settings.LogWebhook != "" {
		a.postLog(ctx, v, &line)
	}
	return err
}

// postLog posts a line as Discord takes it. Where that fails, the line is still among those that are kept.
func (a *Authority) postLog(ctx context.Context, v *Visit, line *store.ApplicationLog) {
	release, err := a.posts.take(v)
	if err != nil {
		return
	}
	defer release()
	type field struct {
		Name   string `json:"name"`
		Value  string `json:"value"`
		Inline bool   `json:"inline,omitempty"`
	}
	type embed struct {
		Title     string  `json:"title"`
		Fields    []field `json:"fields"`
		Timestamp string  `json:"timestamp"`
	}
	orDash := func(text string) string {
		if text == "" {
			return "-"
		}
		return text
	}
	body, err := json.Marshal(map[string]any{
		"allowed_mentions": map[string]any{"parse": []string{}}, // Nobody is called by what an app wrote.
		"embeds": []embed{{Title: "Log", Timestamp: line.At.UTC().Format(time.RFC3339), Fields: []field{
			{Name: "Message", Value: line.Message},
			{Name: "Credential", Value: orDash(line.Credential), Inline: true},
			{Name: "PC Name", Value: orDash(line.Machine), Inline: true},
			{Name: "IP Address", Value: orDash(line.Address), Inline: true},
		}}},
	})
	if err != nil {
		return
	}
	_, _ = a.outside.Fetch(ctx, outbound.Request{
		Method: "POST", URL: v.App.Settings.LogWebhook, ContentType: "application/json", Body: string(body), MaxTime: postTime,
	})
}
