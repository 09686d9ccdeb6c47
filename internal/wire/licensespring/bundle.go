package licensespring

// A bundle answers with an array: one object for each of its licenses, the bundle's own first (§7.4).

// activateBundle answers POST activate_bundle.
func (d *door) activateBundle(c *call) error {
	r, asked, err := c.activation()
	if err != nil {
		return err
	}
	all, err := d.authority.ActivateBundle(c.ctx(), r)
	if err != nil {
		return asked.refusal(err)
	}
	w := c.writer()
	w.Array()
	for i := range all {
		if err := c.encodeActivation(&w, &all[i], &asked); err != nil {
			return err
		}
	}
	w.End()
	return c.reply(&w)
}

// checkBundle answers GET check_bundle.
func (d *door) checkBundle(c *call) error {
	ask := c.checking()
	r, asked, err := c.request(named)
	if err != nil {
		return err
	}
	all, err := d.authority.CheckInBundle(c.ctx(), r)
	if err != nil {
		return asked.refusal(err)
	}
	w := c.writer()
	w.Array()
	for i := range all {
		if err := c.encodeChecked(&w, &all[i], &asked, &ask); err != nil {
			return err
		}
	}
	w.End()
	return c.reply(&w)
}

// deactivateBundle answers POST deactivate_bundle.
func (d *door) deactivateBundle(c *call) error {
	r, asked, uses, err := c.deactivation()
	if err != nil {
		return err
	}
	if _, err = d.authority.DeactivateBundleAfter(c.ctx(), r, uses); err != nil {
		return asked.refusal(err)
	}
	return c.replyText(deactivated)
}
