package platform

// customerRoutes are customers and their companies.
func (p *Platform) customerRoutes() []route { return nil }
