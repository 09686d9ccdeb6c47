package platform

// auditRoutes are the audit log.
func (p *Platform) auditRoutes() []route { return nil }
