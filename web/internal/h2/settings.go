// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package h2

import "encoding/binary"

// A SettingID names a setting.
type SettingID uint16

// The settings of RFC 9113 section 6.5.2, RFC 8441 section 3 and RFC 9218 section 2.1.
const (
	SettingHeaderTableSize       SettingID = 1
	SettingEnablePush            SettingID = 2
	SettingMaxConcurrentStreams  SettingID = 3
	SettingInitialWindowSize     SettingID = 4
	SettingMaxFrameSize          SettingID = 5
	SettingMaxHeaderListSize     SettingID = 6
	SettingEnableConnectProtocol SettingID = 8
	SettingNoRFC7540Priorities   SettingID = 9
)

// A Setting is one parameter of a SETTINGS frame.
type Setting struct {
	ID    SettingID
	Value uint32
}

const settingLen = 6

// maxSettings is how many a frame may hold: each may cost a walk over all streams (CVE-2020-11080).
const maxSettings = 32

// CheckSettings checks the form of a SETTINGS frame (RFC 9113 section 6.5), whose settings [SettingAt] returns.
func CheckSettings(h Header, p []byte) error {
	switch {
	case h.Stream != 0:
		return broken(ProtocolError, "SETTINGS on a stream")
	case h.Flags.Has(FlagAck) && len(p) > 0, len(p)%settingLen != 0:
		return broken(FrameSizeError, "malformed SETTINGS")
	}
	return nil
}

// SettingAt returns the first setting of p and what follows it.
func SettingAt(p []byte) (Setting, []byte) {
	return Setting{SettingID(binary.BigEndian.Uint16(p)), binary.BigEndian.Uint32(p[2:])}, p[settingLen:]
}

// Check tells whether the value is one that the setting can have.
func (s Setting) Check() error {
	switch s.ID {
	case SettingEnablePush, SettingEnableConnectProtocol, SettingNoRFC7540Priorities:
		if s.Value > 1 {
			return broken(ProtocolError, "setting is neither 0 nor 1")
		}
	case SettingInitialWindowSize:
		if s.Value > MaxWindow {
			return broken(FlowControlError, "initial window too large")
		}
	case SettingMaxFrameSize:
		if s.Value < MinFrameSize || s.Value > 1<<24-1 {
			return broken(ProtocolError, "maximum frame size out of bounds")
		}
	}
	return nil
}

// AppendSettings appends a SETTINGS frame.
func AppendSettings(dst []byte, settings ...Setting) []byte {
	dst = AppendHeader(dst, Header{Length: settingLen * len(settings), Type: TypeSettings})
	for _, s := range settings {
		dst = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(dst, uint16(s.ID)), s.Value)
	}
	return dst
}

// AppendSettingsAck appends the answer to a SETTINGS frame.
func AppendSettingsAck(dst []byte) []byte {
	return AppendHeader(dst, Header{Type: TypeSettings, Flags: FlagAck})
}
