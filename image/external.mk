# Package rules only: what a board is stands in board/*/meta, what is built in configs/.
include $(sort $(wildcard $(BR2_EXTERNAL_BORNE_PATH)/package/*/*.mk))
