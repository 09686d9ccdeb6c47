package platform

// teamRoutes are the people of a tenant and their invitations.
func (p *Platform) teamRoutes() []route { return nil }
