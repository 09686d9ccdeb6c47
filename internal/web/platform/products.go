package platform

// productRoutes are products and applications.
func (p *Platform) productRoutes() []route { return nil }
