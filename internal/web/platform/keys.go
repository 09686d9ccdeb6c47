package platform

// keyRoutes are keys and tokens of programs.
func (p *Platform) keyRoutes() []route { return nil }
