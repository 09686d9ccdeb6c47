package platform

// lockoutRoutes are lockouts.
func (p *Platform) lockoutRoutes() []route { return nil }
