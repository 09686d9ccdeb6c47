package platform

func licenseWorkGallery() []specimen { return nil }
