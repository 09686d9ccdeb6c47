package platform

// licenseWorkRoutes are one license and what is done with it.
func (p *Platform) licenseWorkRoutes() []route { return nil }
