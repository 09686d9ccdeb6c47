package platform

// settingRoutes are the settings of a tenant.
func (p *Platform) settingRoutes() []route { return nil }
