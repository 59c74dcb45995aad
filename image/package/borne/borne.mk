################################################################################
#
# borne
#
################################################################################

BORNE_VERSION = local
BORNE_SITE = $(BR2_EXTERNAL_BORNE_PATH)/..
BORNE_SITE_METHOD = local
BORNE_LICENSE = GPL-3.0-or-later
BORNE_LICENSE_FILES = LICENSE
BORNE_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude /target --exclude /image

# nfc1-sys generates its bindings from libnfc's header, hence host-clang.
BORNE_DEPENDENCIES = \
	fontconfig host-clang host-pkgconf libnfc libxkbcommon sway wayland webkitgtk

# package of the workspace = Kconfig symbol; the program has the package's name
# without the workspace's prefix (kiosk/*/Cargo.toml).
BORNE_PROCESSES = \
	$(if $(BR2_PACKAGE_BORNE_SUPERVISOR),kiosk-supervisor) \
	$(if $(BR2_PACKAGE_BORNE_READER),kiosk-reader) \
	$(if $(BR2_PACKAGE_BORNE_PANEL),kiosk-panel) \
	$(if $(BR2_PACKAGE_BORNE_SHELL),kiosk-shell) \
	$(if $(BR2_PACKAGE_BORNE_BROWSER),kiosk-browser) \
	$(if $(BR2_PACKAGE_BORNE_CAGE),kiosk-cage) \
	$(if $(BR2_PACKAGE_BORNE_NETWORK_PROCESS),kiosk-network-process) \
	$(if $(BR2_PACKAGE_BORNE_AGENT),kiosk-agent) \
	$(if $(BR2_PACKAGE_BORNE_EGRESS),kiosk-egress) \
	$(if $(BR2_PACKAGE_BORNE_WAYLAND_FILTER),kiosk-wayland-filter) \
	$(if $(BR2_PACKAGE_BORNE_PROVISION),borne-provision) \
	$(if $(BR2_PACKAGE_BORNE_SLOT),borne-slot)

# The processes are named one by one, so that the tests and the gateway, members
# of the same workspace, are not built.
BORNE_CARGO_BUILD_OPTS = $(addprefix --package=,$(BORNE_PROCESSES))
BORNE_CARGO_ENV = \
	LIBCLANG_PATH=$(HOST_DIR)/lib \
	BINDGEN_EXTRA_CLANG_ARGS="--target=$(GNU_TARGET_NAME) --sysroot=$(STAGING_DIR)" \
	PKG_CONFIG_ALLOW_CROSS=1

# A local site is not vendored by Buildroot. image/scripts/vendor did that
# beforehand, outside the build, and `make image` hands its folder over.
define BORNE_USE_VENDORED_CRATES
	$(if $(BORNE_VENDOR_DIR),,\
		$(error BORNE_VENDOR_DIR is not set: build by way of 'make image'))
	$(INSTALL) -d $(@D)/.cargo
	sed -e 's,@VENDOR@,$(BORNE_VENDOR_DIR),' -e 's,@SOURCES@,$(@D),' \
		$(BR2_EXTERNAL_BORNE_PATH)/package/borne/cargo.toml.in \
		>$(@D)/.cargo/config.toml
endef
BORNE_PRE_CONFIGURE_HOOKS += BORNE_USE_VENDORED_CRATES

# cargo install would build each path anew.
define BORNE_INSTALL_TARGET_CMDS
	$(foreach process,$(BORNE_PROCESSES),\
		$(INSTALL) -D -m 0755 \
			$(@D)/target/$(RUSTC_TARGET_NAME)/$(if $(BR2_ENABLE_DEBUG),debug,release)/$(process) \
			$(TARGET_DIR)/usr/libexec/borne/$(process)
	)
endef

$(eval $(cargo-package))
