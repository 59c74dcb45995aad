################################################################################
#
# noto-emoji
#
################################################################################

NOTO_EMOJI_VERSION = 2.051-0+deb13u1
NOTO_EMOJI_SITE = https://deb.debian.org/debian/pool/main/f/fonts-noto-color-emoji
NOTO_EMOJI_SOURCE = fonts-noto-color-emoji_$(NOTO_EMOJI_VERSION)_all.deb
NOTO_EMOJI_DEPENDENCIES = $(BR2_XZCAT_HOST_DEPENDENCY)
NOTO_EMOJI_LICENSE = OFL-1.1
NOTO_EMOJI_LICENSE_FILES = usr/share/doc/fonts-noto-color-emoji/copyright

define NOTO_EMOJI_EXTRACT_CMDS
	$(HOSTAR) p $(NOTO_EMOJI_DL_DIR)/$(NOTO_EMOJI_SOURCE) data.tar.xz | \
		$(XZCAT) | $(TAR) -C $(@D) $(TAR_OPTIONS) -
endef

define NOTO_EMOJI_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0644 $(@D)/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf \
		$(TARGET_DIR)/usr/share/fonts/noto-emoji/NotoColorEmoji.ttf
endef

$(eval $(generic-package))
