package license

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// RuleMode says what an address rule does where it is broken.
type RuleMode string

// The closed list of modes.
const (
	RuleOff     RuleMode = "off"     // nothing; a dry run tells what it would do
	RuleReport  RuleMode = "report"  // the license is used all the same; an event says so
	RuleEnforce RuleMode = "enforce" // PlaceRefused
)

// AddressRule is a vendor's own rule about from where licenses may be used (S0-26). It is broken where an entry of Deny fits,
// and where Allow has entries and none of them fits; Deny wins. Where several rules may have a say, each has.
//
// An entry is a network ("192.0.2.0/24", "2001:db8::/32"), an address, or a country by its code of ISO 3166: "country:DE".
// "country:ZZ" is where nobody knows the country.
type AddressRule struct {
	ID      AddressRuleID
	Tenant  TenantID
	Product ProductID // whose licenses it concerns; 0 is all of the tenant
	License LicenseID // which license it concerns, of Product; 0 is all
	Name    string
	Mode    RuleMode
	Allow   []string // in the one spelling of ParseAddressEntry
	Deny    []string
	Created Time
	Updated Time
}

const (
	// UnknownCountry stands where the country of an address is not known.
	UnknownCountry = "ZZ"
	// OtherAddress is the Entry of a hit where Allow has entries and none of them fits.
	OtherAddress = "other"

	countryPrefix = "country:"
)

// ParseAddressEntry returns an entry of an address rule in its one spelling: networks without bits beyond their length, IPv4 as
// IPv4, countries in capitals. Anything else is Invalid for field.
func ParseAddressEntry(field, text string) (string, error) {
	text = strings.TrimSpace(text)
	if len(text) > len(countryPrefix) && strings.EqualFold(text[:len(countryPrefix)], countryPrefix) {
		if code := countryCode(text[len(countryPrefix):]); code != "" {
			return countryPrefix + code, nil
		}
		return "", Invalidf(field, "%q names no country; write two letters of ISO 3166, as in country:DE", text)
	}
	if p, ok := parseNetwork(text); ok {
		if p.IsSingleIP() {
			return p.Addr().String(), nil
		}
		return p.String(), nil
	}
	return "", Invalidf(field, "%q is no entry; write a network as in 192.0.2.0/24, an address, or a country as in country:DE", text)
}

// IsCountryEntry reports whether an entry of an address rule is a country.
func IsCountryEntry(entry string) bool { return strings.HasPrefix(entry, countryPrefix) }

// countryCode returns two letters in capitals; "" for anything else.
func countryCode(text string) string {
	code := strings.ToUpper(strings.TrimSpace(text))
	if len(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' {
		return ""
	}
	return code
}

func parseNetwork(text string) (netip.Prefix, bool) {
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, false
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	if p.Addr().Is4In6() {
		// Fewer than 96 bits would be a range of IPv6 that looks like IPv4: Prefix then refuses.
		p, err = p.Addr().Unmap().Prefix(p.Bits() - 96)
		return p, err == nil
	}
	return p.Masked(), true
}

// Origin is where a claim comes from, with the rules that may have a say in it.
type Origin struct {
	Rules   []AddressRule
	Address netip.Addr // the zero Addr is in no network
	Country string     // of the address; "" is UnknownCountry
	Said    string     // country that the client says it is in; "" is not said
}

// AddressHit is an address rule that is broken, and by what.
type AddressHit struct {
	Rule  *AddressRule
	Entry string // of Deny, or OtherAddress
}

// Judge returns the rules that are broken, whatever their modes, in their order. A client that says its country is judged by
// that as well as by its address: one of them in Deny is enough, and where Allow names countries both must be there.
func (o *Origin) Judge() []AddressHit {
	at := *o
	at.Address = at.Address.WithZone("").Unmap()
	if at.Country = countryCode(at.Country); at.Country == "" {
		at.Country = UnknownCountry
	}
	if at.Said != "" {
		if at.Said = countryCode(at.Said); at.Said == "" {
			at.Said = UnknownCountry
		}
	}
	var hits []AddressHit
	for i := range o.Rules {
		if entry := at.breaks(&o.Rules[i]); entry != "" {
			hits = append(hits, AddressHit{&o.Rules[i], entry})
		}
	}
	return hits
}

// breaks returns by which entry a rule is broken; "" is by none.
func (o *Origin) breaks(r *AddressRule) string {
	for _, entry := range r.Deny {
		if country, is := strings.CutPrefix(entry, countryPrefix); is && country == o.Said || o.fits(entry) {
			return entry
		}
	}
	if len(r.Allow) == 0 {
		return ""
	}
	said := o.Said == "" || slices.Contains(r.Allow, countryPrefix+o.Said) || !slices.ContainsFunc(r.Allow, IsCountryEntry)
	if said && slices.ContainsFunc(r.Allow, o.fits) {
		return ""
	}
	return OtherAddress
}

// fits reports whether an entry fits the address.
func (o *Origin) fits(entry string) bool {
	if country, is := strings.CutPrefix(entry, countryPrefix); is {
		return country == o.Country
	}
	p, ok := parseNetwork(entry)
	return ok && p.Contains(o.Address)
}

// Refused reports whether a rule that is enforced is broken. No Origin breaks none.
func (o *Origin) Refused() bool {
	if o == nil {
		return false
	}
	return slices.ContainsFunc(o.Judge(), func(h AddressHit) bool { return h.Rule.Mode == RuleEnforce })
}

func (f *facts) placeRefused() bool { return f.Origin.Refused() }

// sayOrigin is the explanation of an address rule.
func (f *facts) sayOrigin(broken bool) (sentence, remedy string) {
	switch {
	case f.Origin == nil:
		return "No address rule concerns the license.", ""
	case !broken:
		return fmt.Sprintf("%s to %s, which no enforced rule keeps out.", countOf(int64(len(f.Origin.Rules)), "address rule applies", "address rules apply"), f.Origin), ""
	}
	for _, h := range f.Origin.Judge() {
		if h.Rule.Mode == RuleEnforce {
			why := "denies " + h.Entry
			if h.Entry == OtherAddress {
				why = "does not allow it"
			}
			return fmt.Sprintf("The claim comes from %s; the address rule %q %s.", f.Origin, h.Rule.Name, why),
				fmt.Sprintf("Change the entries of the address rule %q, or set it to report.", h.Rule.Name)
		}
	}
	return "", ""
}

// String says from where, as in "192.0.2.7 (DE), said to be in FR".
func (o *Origin) String() string {
	text := "an unknown address"
	if o.Address.IsValid() {
		text = o.Address.String()
	}
	country := countryCode(o.Country)
	if country == "" {
		country = UnknownCountry
	}
	text += " (" + country + ")"
	if o.Said != "" {
		text += ", said to be in " + o.Said
	}
	return text
}
