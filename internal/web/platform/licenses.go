package platform

// licenseRoutes are the list of licenses, their creation and their export.
func (p *Platform) licenseRoutes() []route { return nil }
