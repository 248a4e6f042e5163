// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

#include "shim.h"

#include <thread>
#include <wx/app.h>
#include <wx/dialog.h>
#include <wx/evtloop.h>
#include <wx/init.h>
#include <wx/toplevel.h>

extern "C" void torsionWxRun(void); // exported by wx.go

namespace {

const std::thread::id mainThread = std::this_thread::get_id(); // set before main
bool ours;                                                     // the wxApp is

class App : public wxApp {
public:
	bool OnInit() override { return true; } // the command line belongs to Go
};

} // namespace

int torsion_wx_main_thread(void) { return std::this_thread::get_id() == mainThread; }

int torsion_wx_start(char *name) {
	if (wxTheApp != nullptr) return 1;
	static int argc = 1; // wxWidgets may keep references to both
	static char *argv[2];
	argv[0] = name;
	wxApp::SetInstance(new App);
	if (!wxEntryStart(argc, argv)) return 0; // it has deleted the wxApp
	ours = true;
	return wxTheApp->CallOnInit();
}

void torsion_wx_run(void) { wxTheApp->OnRun(); }

void torsion_wx_quit(void) {
	for (auto node = wxTopLevelWindows.GetLast(); node != nullptr; node = node->GetPrevious()) {
		auto *dialog = wxDynamicCast(node->GetData(), wxDialog);
		if (dialog != nullptr && dialog->IsModal()) dialog->EndModal(wxID_CANCEL);
	}
	wxEventLoopBase *loop = wxTheApp->GetMainLoop();
	if (loop != nullptr) loop->ScheduleExit(); // ExitMainLoop does nothing inside of a dialog
}

void torsion_wx_hide(void) {
	for (auto node = wxTopLevelWindows.GetFirst(); node != nullptr; node = node->GetNext()) node->GetData()->Hide();
	wxTheApp->Yield();
}

void torsion_wx_end(void) {
	if (!ours) return;
	ours = false;
	wxTheApp->OnExit();
	wxEntryCleanup();
}

int torsion_wx_wake(void) {
	if (wxTheApp == nullptr) return 0;
	wxTheApp->CallAfter([] { torsionWxRun(); });
	return 1;
}
