package platform

// orderRoutes are orders.
func (p *Platform) orderRoutes() []route { return nil }
