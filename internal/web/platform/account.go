package platform

// accountRoutes are a person's own: name, password, second factor, sessions.
func (p *Platform) accountRoutes() []route { return nil }
