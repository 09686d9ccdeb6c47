package platform

// userRoutes are the users of licenses and of applications.
func (p *Platform) userRoutes() []route { return nil }
