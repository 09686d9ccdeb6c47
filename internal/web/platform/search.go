package platform

import (
	"fmt"

	"licet/internal/office"
)

// search finds whatever begins with what was typed. A single license, customer or order is gone to at once.
func (v *visit) search() error {
	text := v.input.Text("q")
	if text == "" {
		return v.draw(v.t("Search"), searchPage("", nil))
	}
	found, err := v.p.d.Office.Find(v.Context(), v.actor, text)
	if err != nil {
		return err
	}
	if len(found) == 1 {
		return v.redirect(foundPath(found[0]))
	}
	return v.draw(v.t("Search"), searchPage(text, found))
}

// foundPath is the page of what was found.
func foundPath(f office.Found) string {
	if path, ok := map[office.FoundKind]string{
		office.FoundLicense: "licenses", office.FoundCustomer: "customers", office.FoundOrder: "orders", office.FoundLicenseUser: "users", office.FoundProduct: "products",
	}[f.Kind]; ok {
		return fmt.Sprintf("/%s/%d", path, f.ID)
	}
	return "/"
}
