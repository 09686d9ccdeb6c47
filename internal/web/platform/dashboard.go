package platform

// dashboardRoutes are the start page.
func (p *Platform) dashboardRoutes() []route { return nil }
