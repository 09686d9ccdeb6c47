package platform

func customerGallery() []specimen { return nil }
