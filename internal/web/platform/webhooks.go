package platform

// webhookRoutes are webhooks and their deliveries.
func (p *Platform) webhookRoutes() []route { return nil }
