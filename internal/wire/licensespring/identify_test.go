package licensespring_test

import (
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
)

// TestWhoseLicense is how a request names its license where the contract leaves room (README, §6).
func TestWhoseLicense(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		ctx := s.t.Context()
		key := s.sold("KP", func(c *office.TermsChange) { c.Activations = ptr(license.AtMost(3)) })
		s.user("UP", "plain@example.com", firstPassword, nil)
		s.play("key_and_username", func(s *scene) {
			// The product says which of the two counts; signature v1 takes the username in either case.
			s.good(s.post("activate_license", asks("KP", key, "HW1", object{"username": "someone@example.com"})))
			s.good(s.get("check_license", asks("KP", key, "HW1", object{"username": "someone@example.com"})))
			both := object{"product": "UP", "hardware_id": "HW1", "username": "plain@example.com", "password": firstPassword, "license_key": "ANY"}
			s.good(s.post("activate_license", both))
		})
		s.play("username_for_a_key_product", func(s *scene) {
			named := object{"product": "KP", "hardware_id": "HW1", "username": "plain@example.com"}
			s.refused(s.get("check_license", named), "invalid_product_auth_method")
			named["password"] = firstPassword
			s.refused(s.post("activate_license", named), "invalid_product_auth_method")
		})
		s.play("nothing", func(s *scene) {
			s.refused(s.get("check_license", object{"product": "KP", "hardware_id": "HW1"}), "license_key_required")
			s.refused(s.get("check_license", object{}), "missing_parameters")
		})
		s.play("activation_without_password", func(s *scene) {
			s.refused(s.post("activate_license", object{"product": "UP", "hardware_id": "HW2", "username": "plain@example.com"}), "missing_parameters")
		})
		s.play("wrong_password_elsewhere", func(s *scene) {
			s.refused(s.post("deactivate_license", object{"product": "UP", "hardware_id": "HW1", "username": "plain@example.com", "password": "wrong"}), "invalid_credentials")
		})
		s.play("unknown_user", func(s *scene) {
			s.refused(s.get("check_license", object{"product": "UP", "hardware_id": "HW1", "username": "nobody@example.com"}), "license_not_found")
		})
		s.play("license_id", func(s *scene) {
			l := s.license("KP", "OTHER-KEY", nil)
			s.good(s.post("activate_license", asks("KP", "OTHER-KEY", "HW1", object{"license_id": l.ID})))
			s.refused(s.get("check_license", asks("KP", key, "HW1", object{"license_id": l.ID})), "license_not_found")
		})
		s.play("name_with_an_account", func(s *scene) {
			const name = "person@example.com|ACC"
			_, err := s.Office.CreateProduct(ctx, s.Operator, office.NewProduct{Code: "AP", Name: "AP", Auth: license.ByUser})
			s.ok(err)
			made, err := s.Office.CreateLicenses(ctx, s.Operator, office.NewLicenses{Product: "AP"})
			s.ok(err)
			_, _, err = s.Office.CreateLicenseUser(ctx, s.Operator, office.NewLicenseUser{Name: name, Email: "person@example.com", Password: identity.Secret(firstPassword)})
			s.ok(err)
			_, err = s.Office.AssignUser(ctx, s.Operator, office.Ref{ID: made.Licenses[0].ID}, name)
			s.ok(err)
			asked := object{"product": "AP", "hardware_id": "HW1", "username": "Person@example.com|ACC"}
			withPassword := object{"password": firstPassword}
			for k, v := range asked {
				withPassword[k] = v
			}
			s.has(s.good(s.post("activate_license", withPassword)), object{"username": "Person@example.com|ACC"})
			s.good(s.get("check_license", asked))
			asked["username"] = "person@example.com"
			s.refused(s.get("check_license", asked), "license_not_found")
		})
	})
}

// TestKeysOfOneProduct is what an app key may that is for one product, or may only ask.
func TestKeysOfOneProduct(t *testing.T) {
	t.Parallel()
	forEachScene(t, func(s *scene) {
		ctx := s.t.Context()
		mine, other := s.sold("MINE", nil), s.sold("OTHER", nil)
		s.good(s.post("activate_license", asks("OTHER", other, "HW1")))
		use := func(n office.NewAppKey) {
			key, secret, err := s.Office.CreateAppKey(ctx, s.Operator, n)
			s.ok(err)
			c := *s.c
			c.APIKey, c.SharedKey = key.PublicID, secret.Reveal()
			s.c = &c
		}
		use(office.NewAppKey{Name: "mine", Kind: store.HMACKey, Product: "MINE"})
		s.play("of_one_product", func(s *scene) {
			s.good(s.post("activate_license", asks("MINE", mine, "HW1")))
			s.refused(s.get("check_license", asks("OTHER", other, "HW1")), "api_key_product_not_allowed")
			s.refused(s.get("product_details", object{"product": "OTHER"}), "api_key_product_not_allowed")
			s.refused(s.get("check_license", asks("NONE", other, "HW1")), "unknown_product")
		})
		use(office.NewAppKey{Name: "asks", Kind: store.HMACKey, ReadOnly: true})
		s.play("read_only", func(s *scene) {
			s.good(s.get("check_license", asks("MINE", mine, "HW1")))
			s.refused(s.post("deactivate_license", asks("MINE", mine, "HW1")), "read_only_api_key")
			s.refused(s.get("trial_key", object{"product": "MINE", "hardware_id": "HW1"}), "read_only_api_key")
			s.good(s.get("check_license", asks("MINE", mine, "HW1")))
		})
	})
}
