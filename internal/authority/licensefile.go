package authority

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"licet/internal/license"
	"licet/internal/signing"
	"licet/internal/store"
)

// LicenseFileType is the typ of license files: no other signed text passes for one.
const LicenseFileType = "licet-license+jwt"

// LicenseFileClaims are what a license file says. An app believes it when the signature is of a key of its vendor's, typ is
// LicenseFileType, aud names the app's product, hwid is the machine's, and the time lies from nbf on and before exp. Other
// times are in RFC 3339, null for never.
type LicenseFileClaims struct {
	Issuer     string `json:"iss"` // code of the tenant
	Audience   string `json:"aud"` // code of the product
	Subject    string `json:"sub"` // identity of the license
	ID         string `json:"jti"` // of the file
	IssuedAt   int64  `json:"iat"` // seconds since the epoch, as the next two
	NotBefore  int64  `json:"nbf"`
	Expires    int64  `json:"exp"`
	HardwareID string `json:"hwid"`

	License  FileLicense   `json:"lic"`
	Terms    license.Terms `json:"terms"` // without features
	Features []FileFeature `json:"features"`
}

// FileLicense is the license of a license file.
type FileLicense struct {
	Key             string           `json:"key"` // "" for a license that is a user's
	Type            license.Type     `json:"type"`
	Trial           bool             `json:"trial"`
	Standing        license.Standing `json:"standing"`
	IssuedAt        license.Time     `json:"issued_at"`
	StartedAt       license.Time     `json:"started_at"`
	ExpiresAt       license.Time     `json:"expires_at"`
	MaintainedUntil license.Time     `json:"maintained_until"`
	Used            int64            `json:"used,omitempty"`          // units, of a license with a meter
	Metadata        json.RawMessage  `json:"metadata,omitempty"`      // the vendor's own JSON
	CustomFields    json.RawMessage  `json:"custom_fields,omitempty"` // list of {name, data_type, value}
}

// FileFeature is a feature of the license of a license file. One with floating seats is to be had from the server alone.
type FileFeature struct {
	Code      string              `json:"code"`
	Name      string              `json:"name,omitempty"`
	ExpiresAt license.Time        `json:"expires_at"`
	Floating  bool                `json:"floating,omitempty"`
	Usage     *license.UsageTerms `json:"usage,omitempty"` // of one with a meter of its own
	Used      int64               `json:"used,omitempty"`
	Metadata  json.RawMessage     `json:"metadata,omitempty"` // the vendor's own JSON
}

// LicenseFile returns a file that lets an activated device run for ttl (0 is 7 days) without asking: a JSON Web Signature
// (EdDSA) by the tenant's key for files, which any JOSE library verifies, and what it says. No floating seat is taken: of a
// floating license the device holds one already, and the file ends with it. It refuses as license.CheckOut does.
func (a *Authority) LicenseFile(ctx context.Context, r Request, ttl time.Duration) (jws string, claims LicenseFileClaims, err error) {
	r.Feature, r.Amount = "", 0
	seen, err := a.find(ctx, r)
	defer func() { a.told(&seen.Product, store.CallFile, err) }()
	if err != nil {
		return "", claims, err
	}
	key, err := a.fileKey(ctx, seen.License.Tenant)
	if err != nil {
		return "", claims, err
	}
	var name [16]byte
	if _, err := io.ReadFull(a.rand, name[:]); err != nil {
		return "", claims, fmt.Errorf("name a license file: %w", err)
	}
	f := licenseFile{id: base64.RawURLEncoding.EncodeToString(name[:])}
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		f.Answer, err = a.decideIn(tx, &r, &seen, func(s *license.State, c *license.Claim, now license.Time) (ch license.Change, err error) {
			ch, f.span, err = license.CheckOut(s, c, f.id, ttl, now)
			return ch, err
		})
		if err != nil {
			return err
		}
		if f.tenant, err = tx.FindTenant(f.License.Tenant); err != nil {
			return err
		}
		f.grants, err = tx.Look(&f.State, &r.Claim, f.Now)
		return err
	})
	if err != nil {
		return "", claims, err
	}
	a.note(&f.Answer)
	claims = f.claims()
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", claims, fmt.Errorf("write a license file: %w", err)
	}
	return signing.SignJWS(key, LicenseFileType, payload), claims, nil
}

// licenseFile is what a license file is made of.
type licenseFile struct {
	Answer
	id     string
	span   license.FileSpan
	tenant license.Tenant
	grants []license.Grant
}

func (f *licenseFile) claims() LicenseFileClaims {
	l := &f.License
	c := LicenseFileClaims{
		Issuer: f.tenant.Code, Audience: f.Product.Code, Subject: strconv.FormatInt(int64(l.ID), 10), ID: f.id,
		IssuedAt: seconds(f.Now), NotBefore: seconds(f.span.From), Expires: seconds(f.span.Until), HardwareID: f.Device.Binding.Value,
		License: FileLicense{
			Key: l.Key, Type: l.Terms.Type, Trial: l.Terms.Trial, Standing: l.Standing, IssuedAt: l.IssuedAt, StartedAt: l.StartedAt,
			ExpiresAt: l.ExpiresAt, MaintainedUntil: l.MaintainedUntil, Metadata: json.RawMessage(l.Metadata), CustomFields: json.RawMessage(l.CustomFields),
		},
		Terms: *l.Terms, Features: []FileFeature{},
	}
	c.Terms.Features = nil
	if l.Terms.Usage != nil {
		c.License.Used = l.UsedAt(f.Now)
	}
	for i := range l.Terms.Features {
		c.Features = append(c.Features, f.feature(&l.Terms.Features[i]))
	}
	return c
}

func (f *licenseFile) feature(t *license.FeatureTerms) FileFeature {
	out := FileFeature{Code: t.Code, Name: t.Name, Floating: t.Floating != nil, Usage: t.Usage, Metadata: json.RawMessage(t.Metadata)}
	for i := range f.grants {
		if g := &f.grants[i]; g.Feature == t.Code {
			out.ExpiresAt, out.Used = g.ExpiresAt, g.UsedAt(t.Usage, f.Now)
		}
	}
	return out
}

// seconds cuts a moment to the second.
func seconds(t license.Time) int64 { return int64(t) / 1e6 }
