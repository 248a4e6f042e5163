// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package zapadapter

import (
	"log/slog"

	"go.uber.org/zap/zapcore"

	"github.com/torsion-go/torsion/logger"
)

// toZap returns zap's level for l, the next lower one if zap has none such.
func toZap(l slog.Level) zapcore.Level {
	switch {
	case l >= slog.Level(logger.Critical):
		return zapcore.DPanicLevel
	case l >= slog.LevelError:
		return zapcore.ErrorLevel
	case l >= slog.LevelWarn:
		return zapcore.WarnLevel
	case l >= slog.LevelInfo:
		return zapcore.InfoLevel
	}
	return zapcore.DebugLevel
}

// fromZap returns the level of zap's l.
func fromZap(l zapcore.Level) logger.Level {
	switch {
	case l >= zapcore.DPanicLevel:
		return logger.Critical
	case l == zapcore.ErrorLevel:
		return logger.Error
	case l == zapcore.WarnLevel:
		return logger.Warn
	case l == zapcore.InfoLevel:
		return logger.Info
	}
	return logger.Debug
}

// encodeLevel writes the names of Twisted's levels.
func encodeLevel(l zapcore.Level, enc zapcore.PrimitiveArrayEncoder) {
	switch fromZap(l) {
	case logger.Critical:
		enc.AppendString("critical")
	case logger.Error:
		enc.AppendString("error")
	case logger.Warn:
		enc.AppendString("warn")
	case logger.Info:
		enc.AppendString("info")
	default:
		enc.AppendString("debug")
	}
}
