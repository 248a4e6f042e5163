// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sys

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// classifyNative knows the numbers of Windows Sockets, which differ from those that package syscall invented.
func classifyNative(e syscall.Errno) AcceptClass {
	switch e {
	case windows.WSAEMFILE:
		return AcceptNoFiles
	case windows.WSAENOBUFS:
		return AcceptNoMemory
	case windows.WSAECONNRESET, windows.WSAECONNABORTED, windows.WSAENOTCONN, windows.WSAETIMEDOUT, windows.WSAENETDOWN, windows.WSAENETRESET,
		windows.WSAENETUNREACH, windows.WSAEHOSTDOWN, windows.WSAEHOSTUNREACH, windows.ERROR_NETNAME_DELETED, windows.ERROR_CONNECTION_ABORTED:
		return AcceptAborted
	}
	return AcceptFatal
}
