// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

#include "shim.h"

#include <QApplication>
#include <QThread>
#include <QWidget>
#include <thread>

extern "C" void torsionQtRun(void); // exported by qt.go

namespace {
const std::thread::id mainThread = std::this_thread::get_id(); // set before main
}

int torsion_qt_main_thread(void) { return std::this_thread::get_id() == mainThread; }

int torsion_qt_start(char *name) {
	static int argc = 1; // a QApplication keeps references to both
	static char *argv[2];
	if (qApp == nullptr) {
		argv[0] = name;
		new QApplication(argc, argv); // for the rest of the process: windows may be used after its main loop
	}
	return QThread::currentThread() == qApp->thread();
}

void torsion_qt_exec(void) { QApplication::exec(); }

void torsion_qt_quit(void) { QCoreApplication::exit(0); } // quit() of Qt 6 asks the windows

void torsion_qt_hide(void) {
	const auto windows = QApplication::topLevelWidgets();
	for (QWidget *w : windows) w->hide();
	QCoreApplication::processEvents();
}

int torsion_qt_wake(void) {
	QCoreApplication *app = QCoreApplication::instance();
	return app != nullptr && QMetaObject::invokeMethod(app, [] { torsionQtRun(); }, Qt::QueuedConnection);
}
