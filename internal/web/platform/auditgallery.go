package platform

func auditGallery() []specimen { return nil }
