package platform

import (
	"net/url"

	"licet/internal/license"
	"licet/internal/web"
)

func customerSamples() []license.Customer {
	return []license.Customer{
		{
			ID: 31, Email: "buyer@customer.example", Name: "Ann Buyer", Company: "Customer GmbH", Reference: "K-4711", FirstName: "Ann", LastName: "Buyer", Phone: "+49 30 123456",
			Address: "Lindenstraße 7", Postcode: "10969", City: "Berlin", Country: "Germany", Metadata: `{"segment": "education", "seats": 40}`, Account: 41, Created: day(-300),
		},
		{ID: 32, Email: "solo@maker.example", FirstName: "Sol", LastName: "Maker", Created: day(-20)},
		{ID: 33, Email: hostile, Name: hostile, Company: hostile, Reference: hostile, Phone: hostile, City: hostile, Metadata: hostile, Created: day(-2)},
	}
}

func companySamples() []license.CustomerAccount {
	return []license.CustomerAccount{
		{ID: 41, Code: "customer-gmbh", Name: "Customer GmbH", Issuer: "https://login.customer.example/realm", ClientID: "studio-desktop", Created: day(-300)},
		{ID: 42, Code: "school", Name: "School of Sound", Created: day(-30)},
		{ID: 43, Code: "evil", Name: hostile, Issuer: hostile, ClientID: hostile, Created: day(-1)},
	}
}

func customerGallery() []specimen {
	customers, companies := customerSamples(), companySamples()
	orders, _ := orderSamples()
	sees := map[string]bool{"orders": true, "licenses": true, "users": true}
	full := customerView{
		customer: customers[0], account: companies[0], orders: orders, licenses: peopleSampleLicenses(), users: userSampleRows(), products: peopleSampleProducts(),
		more: map[string]bool{"orders": true, "users": true}, write: true, sees: sees,
	}
	return []specimen{
		{name: "customers", title: "Customers", body: customersPage(&customersView{customers: customers, write: true, next: 30})},
		{name: "customers-empty", title: "Customers", body: customersPage(&customersView{write: true})},
		{name: "customers-none-match", title: "Customers", body: customersPage(&customersView{query: url.Values{"text": {hostile}}})},
		{name: "customers-look-on", title: "Customers", body: customersPage(&customersView{query: url.Values{"text": {"x"}}, next: 30})},
		{name: "customer", title: "Customer", body: customerPage(&full)},
		{name: "customer-new-to-us", title: "Customer", body: customerPage(&customerView{customer: customers[1], write: true, sees: sees})},
		{name: "customer-read-only", title: "Customer", body: customerPage(&customerView{customer: customers[0], licenses: peopleSampleLicenses(), sees: sees})},
		{name: "customer-hostile", title: "Customer", body: customerPage(&customerView{customer: customers[2], account: companies[2], write: true, sees: sees})},
		{name: "customer-new", title: "New customer", body: customerFormPage(&customerForm{accounts: companies}, nil)},
		{name: "customer-edit", title: "Edit customer", body: customerFormPage(&customerForm{id: 31, customer: customers[0], account: "customer-gmbh", accounts: companies}, nil)},
		{name: "customer-edit-wrong", title: "Edit customer", body: customerFormPage(&customerForm{id: 33, customer: customers[2], account: hostile},
			web.Faults{"metadata": "Metadata is JSON.", "account": "There is no such customer account."})},
		{name: "companies", title: "Companies", body: companiesPage(&companiesView{accounts: companies, write: true, next: 40})},
		{name: "companies-empty", title: "Companies", body: companiesPage(&companiesView{write: true})},
		{name: "company-new", title: "New company", body: companyFormPage(&companyForm{write: true}, nil)},
		{name: "company", title: "Company", body: companyFormPage(&companyForm{account: companies[0], write: true}, nil)},
		{name: "company-read-only", title: "Company", body: companyFormPage(&companyForm{account: companies[1]}, nil)},
		{name: "company-wrong", title: "Company", body: companyFormPage(&companyForm{account: companies[2], write: true, forget: true}, web.Faults{"issuer": "An issuer is an https address.", "": "Something is wrong."})},
	}
}
