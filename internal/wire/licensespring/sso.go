package licensespring

// ssoURL answers GET sso_url: where the people of a customer account sign in (§7.17). How their sign-in then proves who
// they are is in [call.identify].
func (d *door) ssoURL(c *call) error {
	product, account := c.need("product"), c.need("customer_account_code")
	response, redirect := c.text("response_type"), c.textUpTo("redirect_uri", maxInfo)
	if err := c.done(); err != nil {
		return err
	}
	if _, err := c.productOf(product); err != nil {
		return err
	}
	sso, err := d.authority.SSOURL(c.ctx(), c.tenant(), product, account, response, redirect)
	if err != nil {
		return err
	}
	w := c.writer()
	w.Object()
	w.Key("url").String(sso.URL)
	w.Key("openid_configuration").Object()
	w.Key("issuer").String(sso.Issuer)
	w.Key("end_session_endpoint").String(sso.EndSession)
	w.Key("token_endpoint").String(sso.Token)
	w.Key("introspection_endpoint").String(sso.Introspection)
	w.End()
	w.End()
	return c.reply(&w)
}
