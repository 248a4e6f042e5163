// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux && !wxconfig

package dialog

// What wx-config prints for wxWidgets 3.2 on GTK 3, in the folders of Debian and Fedora: cgo does not call wx-config, and pkg-config does not know wxWidgets. Folders that are not there
// do no harm. With the build tag wxconfig the environment's CGO_CXXFLAGS and CGO_LDFLAGS tell instead.

// #cgo CXXFLAGS: -D_FILE_OFFSET_BITS=64 -DWXUSINGDLL -D__WXGTK__ -pthread -I/usr/include/wx-3.2
// #cgo CXXFLAGS: -I/usr/lib64/wx/include/gtk3-unicode-3.2
// #cgo amd64 CXXFLAGS: -I/usr/lib/x86_64-linux-gnu/wx/include/gtk3-unicode-3.2
// #cgo arm64 CXXFLAGS: -I/usr/lib/aarch64-linux-gnu/wx/include/gtk3-unicode-3.2
// #cgo LDFLAGS: -pthread -lwx_gtk3u_core-3.2 -lwx_baseu-3.2
import "C"
