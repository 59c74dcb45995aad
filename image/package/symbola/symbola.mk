################################################################################
#
# symbola
#
################################################################################

SYMBOLA_VERSION = 2.60-2
SYMBOLA_SITE = https://deb.debian.org/debian/pool/main/t/ttf-ancient-fonts
SYMBOLA_SOURCE = fonts-symbola_$(SYMBOLA_VERSION)_all.deb
SYMBOLA_DEPENDENCIES = $(BR2_XZCAT_HOST_DEPENDENCY)
SYMBOLA_LICENSE = Symbola
SYMBOLA_LICENSE_FILES = usr/share/doc/fonts-symbola/copyright

define SYMBOLA_EXTRACT_CMDS
	$(HOSTAR) p $(SYMBOLA_DL_DIR)/$(SYMBOLA_SOURCE) data.tar.xz | \
		$(XZCAT) | $(TAR) -C $(@D) $(TAR_OPTIONS) -
endef

define SYMBOLA_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0644 $(@D)/usr/share/fonts/truetype/ancient-scripts/Symbola_hint.ttf \
		$(TARGET_DIR)/usr/share/fonts/symbola/Symbola_hint.ttf
endef

$(eval $(generic-package))
