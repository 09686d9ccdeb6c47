package platform

// mailRoutes are mails and their templates.
func (p *Platform) mailRoutes() []route { return nil }
