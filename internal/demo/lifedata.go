package demo

import (
	"licet/internal/license"
	"licet/internal/office"
)

// What the demo's company sells, and to whom. Names, people and places are made up; addresses are in domains and networks that
// nobody can have (RFC 2606, RFC 5737).

// lifeProduct is a product with its policies; the first is the default one.
type lifeProduct struct {
	code, name string
	mask       string
	fields     []license.CustomField
	policies   []lifePolicy
	traffic    traffic
}

type lifePolicy struct {
	code, name string
	terms      office.TermsChange
}

const (
	photo  = "fernglow"
	ledger = "harbor-ledger"
	api    = "skein"
)

func lifeProducts() []lifeProduct {
	month, year, fortnight := license.Span{Months: 1}, license.Span{Months: 12}, license.Span{Seconds: 14 * 86400}
	return []lifeProduct{{
		code: photo, name: "Fernglow Photo", mask: "FERN-****-****-****",
		fields:  []license.CustomField{{Name: "Edition", Type: "text", Value: "Studio"}},
		traffic: traffic{daily: 1500, refused: 0.035, activations: 6, kind: "check"},
		policies: []lifePolicy{
			{office.DefaultPolicyCode, "Annual, two computers", office.TermsChange{
				Duration: &year, Activations: new(license.AtMost(2)), Maintenance: &year,
				Features: &[]license.FeatureTerms{{Code: "raw", Name: "RAW development"}, {Code: "batch", Name: "Batch export"}},
			}},
			{"perpetual", "Perpetual, with a year of updates", office.TermsChange{
				Activations: new(license.AtMost(3)), Maintenance: &year,
				Transfers: new(license.AtMost(5)), Features: &[]license.FeatureTerms{{Code: "raw", Name: "RAW development"}},
			}},
			{"monthly", "Monthly subscription", office.TermsChange{
				Type: new(license.Subscription), Starts: new(license.StartsAtIssue), Duration: &month,
				Activations: new(license.AtMost(2)), GraceHours: new(int64(72)),
			}},
			{"trial", "Trial, 14 days", office.TermsChange{Trial: new(true), Duration: &fortnight}},
		},
	}, {
		code: ledger, name: "Harbor Ledger", mask: "HL-****-****-****-****",
		traffic: traffic{daily: 820, refused: 0.02, activations: 3, kind: "lease"},
		policies: []lifePolicy{
			{office.DefaultPolicyCode, "Annual, one desk", office.TermsChange{
				Type: new(license.Subscription), Starts: new(license.StartsAtIssue), Duration: &year,
				Activations: new(license.AtMost(1)), Users: new(license.AtMost(3)), GraceHours: new(int64(168)),
			}},
			{"floating", "Floating, ten seats", office.TermsChange{
				Type: new(license.Subscription), Starts: new(license.StartsAtIssue), Duration: &year,
				Activations: new(license.AtMost(25)), GraceHours: new(int64(168)),
				Floating: &license.FloatingTerms{Seats: license.AtMost(10), TimeoutMins: 480, Borrow: true, BorrowHours: 240},
			}},
			{"quarter", "Quarter, one desk", office.TermsChange{Starts: new(license.StartsAtIssue), Duration: &license.Span{Months: 3}}},
		},
	}, {
		code: api, name: "Skein API", mask: "SK-******-******",
		traffic: traffic{daily: 460, refused: 0.05, activations: 1, kind: "consume"},
		policies: []lifePolicy{
			{office.DefaultPolicyCode, "10,000 calls a month", office.TermsChange{
				Type: new(license.Consumption), Activations: new(license.AtMost(5)),
				Usage: &license.UsageTerms{Max: license.AtMost(10_000), Overage: license.AtMost(2000), Reset: license.Monthly},
			}},
			{"evaluation", "Evaluation, 500 calls", office.TermsChange{
				Type: new(license.Consumption), Trial: new(true), Duration: &month,
				Usage: &license.UsageTerms{Max: license.AtMost(500)},
			}},
		},
	}}
}

// sale is an order: who bought what, how many, how long ago, and how many of these were activated since, in percent.
type sale struct {
	ago       int // days
	customer  string
	product   string
	policy    string // "" is the default one
	amount    int
	activated int
	note      string
	then      fate
}

// fate is what became of an order, or of its licenses, in the end.
type fate string

const (
	refunded  fate = "refunded"
	pending   fate = "pending"
	renewed   fate = "renewed" // as often as they ended
	suspended fate = "suspended"
	revoked   fate = "revoked" // the last one
	banned    fate = "banned"  // the last one
	assigned  fate = "assigned"
)

func lifeCustomers() []office.NewCustomer {
	of := func(first, last, company, email, city, country string) office.NewCustomer {
		return office.NewCustomer{Email: email, Name: first + " " + last, FirstName: first, LastName: last, Company: company, City: city, Country: country}
	}
	return []office.NewCustomer{
		of("Mara", "Lindqvist", "Lindqvist Foto", "mara@lindqvist-foto.example", "Göteborg", "SE"),
		of("Tobias", "Kern", "", "tobias.kern@mailbox.example", "Freiburg", "DE"),
		of("美咲", "田中", "田中デザイン事務所", "misaki@tanaka-design.example", "京都市", "JP"),
		of("ليلى", "حداد", "استوديو حداد", "layla@haddad-studio.example", "عمّان", "JO"),
		of("Inês", "Carvalho", "Atelier Carvalho", "ines@atelier-carvalho.example", "Porto", "PT"),
		of("Jonah", "Whitcombe", "Whitcombe & Daughters", "jonah@whitcombe.example", "Halifax", "CA"),
		of("Priya", "Raman", "Northlight School of Art", "it@northlight.example", "Leeds", "GB"),
		of("Gus", "Ferraro", "BoxShelf Retail", "orders@boxshelf.example", "Columbus", "US"),
		of("Anneke", "de Wit", "De Wit Administratie", "anneke@dewit-adm.example", "Utrecht", "NL"),
		of("Søren", "Holm", "Holm Revision", "soren@holm-revision.example", "Aarhus", "DK"),
		of("Camille", "Aubry", "Cabinet Aubry", "camille@cabinet-aubry.example", "Lyon", "FR"),
		of("Kwame", "Boateng", "Boateng Freight", "accounts@boateng-freight.example", "Tema", "GH"),
		of("Elif", "Yıldız", "Yıldız Muhasebe", "elif@yildiz-muhasebe.example", "İzmir", "TR"),
		of("Rosa", "Ibarra", "Cooperativa Ibarra", "rosa@coop-ibarra.example", "Valparaíso", "CL"),
		of("Dmitri", "Petrov", "Quayside Logistics", "dpetrov@quayside.example", "Varna", "BG"),
		of("Hannah", "Okafor", "Brightwell Clinics", "hannah@brightwell.example", "Bristol", "GB"),
		of("Luca", "Moretti", "Moretti Maps", "dev@moretti-maps.example", "Torino", "IT"),
		of("Wei", "Zhang", "Paperkite", "wei@paperkite.example", "Singapore", "SG"),
		of("Noor", "van Dam", "Tidepool Data", "ops@tidepool.example", "Rotterdam", "NL"),
		of("Aoife", "Brennan", "", "aoife.brennan@mailbox.example", "Galway", "IE"),
		of("Pavel", "Novák", "", "pavel.novak@mailbox.example", "Brno", "CZ"),
		of("Grace", "Lin", "", "grace.lin@mailbox.example", "Taipei", "TW"),
		of("Oskar", "Wiśniewski", "Klatka Film", "oskar@klatka-film.example", "Łódź", "PL"),
		of("Marisol", "Vega", "", "marisol.vega@mailbox.example", "Oaxaca", "MX"),
		of("Henrik", "Aas", "Fjordlys Media", "henrik@fjordlys.example", "Bergen", "NO"),
		of("Yara", "Costa", "", "yara.costa@mailbox.example", "Recife", "BR"),
	}
}

// lifeSales lists the orders, the oldest first.
func lifeSales() []sale {
	return []sale{
		{89, "orders@boxshelf.example", photo, "perpetual", 90, 42, "Cards for the autumn shelf, batch 11", revoked},
		{84, "it@northlight.example", photo, "", 45, 80, "Room B12 and the laptop trolley", ""},
		{76, "soren@holm-revision.example", ledger, "quarter", 6, 100, "", ""},
		{71, "ops@tidepool.example", api, "", 3, 100, "Invoice by mail, net 30", ""},
		{66, "mara@lindqvist-foto.example", photo, "", 2, 100, "", ""},
		{63, "tobias.kern@mailbox.example", photo, "monthly", 1, 100, "", renewed},
		{59, "anneke@dewit-adm.example", ledger, "floating", 1, 100, "Asked for twelve seats; will see in spring", ""},
		{58, "layla@haddad-studio.example", photo, "perpetual", 4, 75, "الفاتورة باسم الاستوديو", ""},
		{57, "marisol.vega@mailbox.example", photo, "monthly", 1, 100, "", ""},
		{55, "misaki@tanaka-design.example", photo, "", 5, 80, "請求書は日本語でお願いします", ""},
		{54, "dev@moretti-maps.example", api, "", 2, 100, "", ""},
		{52, "camille@cabinet-aubry.example", ledger, "", 8, 75, "", assigned},
		{51, "pavel.novak@mailbox.example", photo, "trial", 1, 100, "", ""},
		{49, "yara.costa@mailbox.example", photo, "monthly", 1, 100, "Card declined twice", suspended},
		{48, "accounts@boateng-freight.example", ledger, "floating", 1, 100, "", ""},
		{46, "orders@boxshelf.example", photo, "perpetual", 60, 15, "Cards for the winter shelf, batch 12", banned},
		{45, "hannah@brightwell.example", ledger, "", 12, 58, "One clinic after the other until January", assigned},
		{43, "grace.lin@mailbox.example", photo, "trial", 1, 100, "", ""},
		{42, "henrik@fjordlys.example", photo, "monthly", 6, 83, "", renewed},
		{40, "oskar@klatka-film.example", photo, "", 10, 70, "", ""},
		{39, "jonah@whitcombe.example", photo, "", 2, 50, "Wanted the ledger, not the photo editor", refunded},
		{38, "jonah@whitcombe.example", ledger, "", 2, 100, "", ""},
		{36, "wei@paperkite.example", api, "evaluation", 1, 100, "", ""},
		{34, "elif@yildiz-muhasebe.example", ledger, "", 4, 75, "", assigned},
		{33, "aoife.brennan@mailbox.example", photo, "monthly", 1, 100, "", ""},
		{31, "rosa@coop-ibarra.example", ledger, "floating", 1, 100, "", ""},
		{29, "ines@atelier-carvalho.example", photo, "perpetual", 3, 67, "", ""},
		{28, "dpetrov@quayside.example", ledger, "", 9, 67, "Contract ended early; see the mail of the 3rd", suspended},
		{26, "it@northlight.example", photo, "monthly", 14, 86, "For the evening course", ""},
		{24, "pavel.novak@mailbox.example", photo, "", 1, 100, "Came from the trial", ""},
		{22, "wei@paperkite.example", api, "", 2, 100, "", ""},
		{20, "mara@lindqvist-foto.example", photo, "monthly", 2, 100, "Second desk, over the wedding season", ""},
		{19, "henrik@fjordlys.example", photo, "perpetual", 12, 33, "", ""},
		{17, "ops@tidepool.example", api, "", 1, 100, "", ""},
		{16, "grace.lin@mailbox.example", photo, "monthly", 1, 100, "", ""},
		{14, "camille@cabinet-aubry.example", ledger, "", 5, 40, "", ""},
		{12, "marisol.vega@mailbox.example", photo, "trial", 1, 100, "", ""},
		{11, "oskar@klatka-film.example", photo, "monthly", 8, 75, "", ""},
		{9, "misaki@tanaka-design.example", photo, "", 3, 67, "", ""},
		{8, "anneke@dewit-adm.example", ledger, "quarter", 4, 75, "", ""},
		{6, "hannah@brightwell.example", ledger, "", 10, 20, "", ""},
		{5, "layla@haddad-studio.example", photo, "monthly", 2, 50, "", ""},
		{4, "tobias.kern@mailbox.example", photo, "", 1, 100, "From monthly to a year", ""},
		{3, "dev@moretti-maps.example", api, "evaluation", 1, 0, "", ""},
		{2, "jonah@whitcombe.example", ledger, "", 4, 0, "Waits for the bank transfer", pending},
		{1, "orders@boxshelf.example", photo, "perpetual", 40, 3, "Cards for spring, batch 13", ""},
	}
}
