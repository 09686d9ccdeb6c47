package manage

import (
	"maps"
	"slices"

	"licet/internal/license"
	"licet/internal/wire/api"
)

// ApplicationSettings say how an application works.
type ApplicationSettings struct {
	Legacy          bool              `json:"legacy" doc:"Apps of API 1.2 are answered too."`
	ForceEncryption bool              `json:"force_encryption" doc:"Apps of API 1.2 must bring a key for their session."`
	LockHardware    bool              `json:"lock_hardware" doc:"Users sign in from the machines that are known of them only."`
	ForceHardware   bool              `json:"force_hardware" doc:"Apps must say which machine they run on."`
	MinHardware     int               `json:"min_hardware" doc:"Characters that the id of a machine has at least." example:"20"`
	SessionSeconds  int64             `json:"session_seconds" doc:"How long a session lasts." example:"21600"`
	ResetSeconds    int64             `json:"reset_seconds" doc:"Between two resets of a machine by its user." example:"604800"`
	CheckHash       bool              `json:"check_hash" doc:"Only programs whose hash is known run."`
	LearnHash       bool              `json:"learn_hash" doc:"The first hash that is seen becomes known."`
	Hashes          []string          `json:"hashes" nullable:"false" doc:"Of the programs that may run."`
	RequireToken    bool              `json:"require_token" doc:"Programs must bring a token."`
	MinName         int               `json:"min_name" doc:"Characters that the name of a new user has at least." example:"1"`
	LetterMasks     bool              `json:"letter_masks" doc:"In a mask without *, X and x are random characters."`
	WebDownload     string            `json:"web_download" doc:"Link of the web loader, kept for bots."`
	LogWebhook      string            `json:"log_webhook" doc:"Where log lines are posted to, too."`
	Shop            string            `json:"shop" doc:"Link of the shop, kept for bots."`
	SellerAddresses []string          `json:"seller_addresses" nullable:"false" doc:"That seller keys work from; none is everywhere." example:"192.0.2.0/24"`
	Texts           map[string]string `json:"texts" doc:"What apps are told in place of the usual words, by the names of these."`
	Form            LicenseForm       `json:"form"`
}

// LicenseForm is what the form for new licenses begins with.
type LicenseForm struct {
	Amount   int          `json:"amount" example:"1"`
	Mask     string       `json:"mask" example:"******-******-******-******-******-******"`
	Lower    bool         `json:"lower" doc:"Lower-case letters are ticked."`
	Upper    bool         `json:"upper" doc:"Upper-case letters are ticked."`
	Level    int64        `json:"level" example:"1"`
	Note     string       `json:"note"`
	Duration int64        `json:"duration" example:"1"`
	Unit     license.Unit `json:"unit" example:"days"`
}

// applicationSettingsPatch says what is to differ of settings.
type applicationSettingsPatch struct {
	Legacy          api.Change[bool]     `json:"legacy,omitzero" required:"false"`
	ForceEncryption api.Change[bool]     `json:"force_encryption,omitzero" required:"false"`
	LockHardware    api.Change[bool]     `json:"lock_hardware,omitzero" required:"false"`
	ForceHardware   api.Change[bool]     `json:"force_hardware,omitzero" required:"false"`
	MinHardware     api.Change[int]      `json:"min_hardware,omitzero" required:"false" minimum:"0" maximum:"500" example:"20"`
	SessionSeconds  api.Change[int64]    `json:"session_seconds,omitzero" required:"false" minimum:"60" maximum:"604800" example:"21600"`
	ResetSeconds    api.Change[int64]    `json:"reset_seconds,omitzero" required:"false" minimum:"0" example:"604800"`
	CheckHash       api.Change[bool]     `json:"check_hash,omitzero" required:"false"`
	LearnHash       api.Change[bool]     `json:"learn_hash,omitzero" required:"false"`
	Hashes          api.Change[[]string] `json:"hashes,omitzero" required:"false" doc:"All of them."`
	RequireToken    api.Change[bool]     `json:"require_token,omitzero" required:"false"`
	MinName         api.Change[int]      `json:"min_name,omitzero" required:"false" minimum:"1" maximum:"70" example:"1"`
	LetterMasks     api.Change[bool]     `json:"letter_masks,omitzero" required:"false"`
	WebDownload     api.Change[string]   `json:"web_download,omitzero" required:"false" maxLength:"2000"`
	LogWebhook      api.Change[string]   `json:"log_webhook,omitzero" required:"false" maxLength:"2000"`
	Shop            api.Change[string]   `json:"shop,omitzero" required:"false" maxLength:"2000"`
	SellerAddresses api.Change[[]string] `json:"seller_addresses,omitzero" required:"false" doc:"All of them; none is everywhere."`
	Texts           map[string]*string   `json:"texts,omitempty" doc:"Of each name the words, up to 100 characters; null takes them back to the usual ones."`
	Form            licenseFormPatch     `json:"form,omitzero" required:"false"`
}

// licenseFormPatch says what is to differ of the form for new licenses.
type licenseFormPatch struct {
	Amount   api.Change[int]          `json:"amount,omitzero" required:"false" minimum:"1" maximum:"100" example:"1"`
	Mask     api.Change[string]       `json:"mask,omitzero" required:"false" maxLength:"70" example:"******-******"`
	Lower    api.Change[bool]         `json:"lower,omitzero" required:"false"`
	Upper    api.Change[bool]         `json:"upper,omitzero" required:"false"`
	Level    api.Change[int64]        `json:"level,omitzero" required:"false" minimum:"0" example:"1"`
	Note     api.Change[string]       `json:"note,omitzero" required:"false"`
	Duration api.Change[int64]        `json:"duration,omitzero" required:"false" minimum:"0" example:"1"`
	Unit     api.Change[license.Unit] `json:"unit,omitzero" required:"false" enum:"seconds,minutes,hours,days,weeks,months,years,lifetime,calendar-months,calendar-years" example:"days"`
}

func viewApplicationSettings(s *license.ApplicationSettings) ApplicationSettings {
	v := ApplicationSettings{
		Legacy: s.Legacy, ForceEncryption: s.ForceEncryption, LockHardware: s.LockHardware, ForceHardware: s.ForceHardware, MinHardware: s.MinHardware,
		SessionSeconds: s.SessionSeconds, ResetSeconds: s.ResetSeconds, CheckHash: s.CheckHash, LearnHash: s.LearnHash,
		Hashes: append([]string{}, s.Hashes...), RequireToken: s.RequireToken, MinName: s.MinName, LetterMasks: s.LetterMasks,
		WebDownload: s.WebDownload, LogWebhook: s.LogWebhook, Shop: s.Shop, SellerAddresses: append([]string{}, s.SellerAddresses...),
		Texts: map[string]string{}, Form: LicenseForm(s.Form),
	}
	maps.Copy(v.Texts, s.Texts)
	return v
}

// changeTo puts a member of a patch in place of what is there.
func changeTo[T any](there *T, c api.Change[T]) {
	if c.Given {
		*there = c.Value
	}
}

// apply changes settings.
func (p *applicationSettingsPatch) apply(s *license.ApplicationSettings) {
	for _, one := range []struct {
		there *bool
		c     api.Change[bool]
	}{
		{&s.Legacy, p.Legacy}, {&s.ForceEncryption, p.ForceEncryption}, {&s.LockHardware, p.LockHardware}, {&s.ForceHardware, p.ForceHardware},
		{&s.CheckHash, p.CheckHash}, {&s.LearnHash, p.LearnHash}, {&s.RequireToken, p.RequireToken}, {&s.LetterMasks, p.LetterMasks},
		{&s.Form.Lower, p.Form.Lower}, {&s.Form.Upper, p.Form.Upper},
	} {
		changeTo(one.there, one.c)
	}
	changeTo(&s.MinHardware, p.MinHardware)
	changeTo(&s.SessionSeconds, p.SessionSeconds)
	changeTo(&s.ResetSeconds, p.ResetSeconds)
	changeTo(&s.MinName, p.MinName)
	changeTo(&s.WebDownload, p.WebDownload)
	changeTo(&s.LogWebhook, p.LogWebhook)
	changeTo(&s.Shop, p.Shop)
	changeTo(&s.Form.Amount, p.Form.Amount)
	changeTo(&s.Form.Mask, p.Form.Mask)
	changeTo(&s.Form.Level, p.Form.Level)
	changeTo(&s.Form.Note, p.Form.Note)
	changeTo(&s.Form.Duration, p.Form.Duration)
	changeTo(&s.Form.Unit, p.Form.Unit)
	// The office writes into lists, and a transaction may run twice.
	if p.Hashes.Given {
		s.Hashes = slices.Clone(p.Hashes.Value)
	}
	if p.SellerAddresses.Given {
		s.SellerAddresses = slices.Clone(p.SellerAddresses.Value)
	}
	for name, words := range p.Texts {
		if words == nil || *words == "" {
			delete(s.Texts, name)
			continue
		}
		s.Texts[name] = *words
	}
}
