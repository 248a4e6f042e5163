//go:build !without_zlib

package tagged

const has = true
