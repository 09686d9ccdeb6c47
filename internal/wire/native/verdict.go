package native

import (
	"licet/internal/authority"
	"licet/internal/license"
	"licet/internal/wire/api"
)

// Verdict is the answer to whether an app may run, and what was found. It is written by appendVerdict; the type is for the document, and
// for the test that holds the two together.
type Verdict struct {
	Valid    bool          `json:"valid"`
	Code     string        `json:"code" doc:"ok, or the reason why not. It never changes." example:"ok"`
	Detail   string        `json:"detail" doc:"The same in a sentence." example:"the license may be used here"`
	Notices  []string      `json:"notices" nullable:"false" doc:"Reasons that do not stop the app, such as a product that is not sold any more."`
	License  LicenseView   `json:"license"`
	Device   *DeviceView   `json:"device,omitempty" doc:"The machine, where the license knows it."`
	User     *UserView     `json:"user,omitempty"`
	Usage    *UsageView    `json:"usage,omitempty" doc:"Of a license with a meter."`
	Features []FeatureView `json:"features" nullable:"false"`
	Terms    api.Terms     `json:"terms"`
	Now      license.Time  `json:"now" doc:"The server's time."`
}

// LicenseView is the license of a verdict.
type LicenseView struct {
	ID              license.LicenseID `json:"id" example:"1774267200000003"`
	Key             string            `json:"key,omitempty" example:"DEMO-4F7K-92QX-TR8M"`
	Product         string            `json:"product" doc:"The product's code." example:"my-app"`
	Standing        license.Standing  `json:"standing" enum:"enabled,suspended,revoked"`
	Expired         bool              `json:"expired"`
	IssuedAt        license.Time      `json:"issued_at"`
	StartedAt       license.Time      `json:"started_at"`
	ExpiresAt       license.Time      `json:"expires_at"`
	MaintainedUntil license.Time      `json:"maintained_until"`
	Activations     int64             `json:"activations" doc:"Devices that hold a place now."`
	Metadata        api.Object        `json:"metadata"`
}

// DeviceView is the machine of a verdict.
type DeviceView struct {
	ID          license.DeviceID `json:"id" example:"1774267200000004"`
	Activation  string           `json:"activation,omitempty" doc:"The identity of the activation, while there is one: DELETE /v1/activations/{id} ends it. Whoever knows it can, so keep it."`
	Name        string           `json:"name,omitempty" example:"Ann's laptop"`
	Active      bool             `json:"active"`
	Blocked     bool             `json:"blocked"`
	ActivatedAt license.Time     `json:"activated_at"`
}

// UserView is the license user of a verdict.
type UserView struct {
	ID              license.LicenseUserID `json:"id" example:"1774267200000005"`
	Name            string                `json:"name" example:"ann@example.com"`
	InitialPassword bool                  `json:"is_initial_password" doc:"Whether the user still has the password they were given."`
}

// UsageView is a meter.
type UsageView struct {
	Used     int64         `json:"used"`
	Reserved int64         `json:"reserved" doc:"Units that are kept for somebody."`
	Limit    license.Limit `json:"limit" doc:"Overage included."`
}

// FeatureView is a feature of the license.
type FeatureView struct {
	Code      string       `json:"code" example:"export"`
	ExpiresAt license.Time `json:"expires_at"`
	Expired   bool         `json:"expired"`
	Used      int64        `json:"used"`
}

// judge returns whether an app may run, the code of that, and its sentence.
func judge(ans *authority.Answer) (valid bool, code, detail string) {
	if why := ans.Verdict.Stops(); why != "" {
		return false, string(why), why.Sentence()
	}
	return true, "ok", "the license may be used here"
}
