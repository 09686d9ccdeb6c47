package platform

// policyRoutes are policies.
func (p *Platform) policyRoutes() []route { return nil }
