// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// What wine 8 lacks for programs in Go, as the bcryptprimitives.dll that their runtime loads before all else.
//
// ProcessPrng gives the runtime its random numbers. The others stand in for functions of wine's own: Go asks GetProcAddress for these, so it is enough to
// let the name in the table of exports lead here.

#include <string.h>
#include <winsock2.h>
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG size);

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *buffer, SIZE_T size) {
    return SystemFunction036(buffer, (ULONG)size);
}

// To a class of information that it lacks wine answers STATUS_NOT_IMPLEMENTED, an old Windows STATUS_INVALID_INFO_CLASS; only at the latter does
// os.RemoveAll delete in the older way.
static LONG(NTAPI *setInformationFile)(HANDLE, PVOID, PVOID, ULONG, ULONG);

static LONG NTAPI ourSetInformationFile(HANDLE file, PVOID status, PVOID info, ULONG size, ULONG class) {
    LONG result = setInformationFile(file, status, info, size, class);
    return result == (LONG)0xC0000002 ? (LONG)0xC0000003 : result;
}

// Package net turns off that a UDP socket reports errors of earlier packets. Wine never reports them, and refuses the second of the two calls.
static int(WSAAPI *ioctl)(SOCKET, DWORD, LPVOID, DWORD, LPVOID, DWORD, LPDWORD, LPWSAOVERLAPPED, LPWSAOVERLAPPED_COMPLETION_ROUTINE);

static int WSAAPI ourIoctl(SOCKET s, DWORD code, LPVOID in, DWORD inSize, LPVOID out, DWORD outSize, LPDWORD returned, LPWSAOVERLAPPED overlapped,
                           LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    enum { udpNetReset = 0x9800000F };
    if (code == udpNetReset && !overlapped) {
        if (returned) *returned = 0;
        return 0;
    }
    return ioctl(s, code, in, inSize, out, outSize, returned, overlapped, routine);
}

// lead lets the export of the module lead to a function and returns what it led to before. The table holds distances of 32 bits upwards, so there is a
// jump close above the module.
static FARPROC lead(const char *module, const char *name, FARPROC to) {
    BYTE *base = (BYTE *)GetModuleHandleA(module), *jump = NULL;
    BYTE code[] = {0x48, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xE0}; // mov rax, to; jmp rax
    IMAGE_DOS_HEADER *dos = (IMAGE_DOS_HEADER *)base;
    IMAGE_NT_HEADERS *nt = (IMAGE_NT_HEADERS *)(base + dos->e_lfanew);
    IMAGE_EXPORT_DIRECTORY *table = (IMAGE_EXPORT_DIRECTORY *)(base + nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT].VirtualAddress);
    DWORD *names = (DWORD *)(base + table->AddressOfNames), *functions = (DWORD *)(base + table->AddressOfFunctions);
    WORD *ordinals = (WORD *)(base + table->AddressOfNameOrdinals);

    for (BYTE *at = base; !jump && at < base + 0x70000000; at += 0x10000)
        jump = VirtualAlloc(at, sizeof code, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    if (!jump) return NULL;
    memcpy(code + 2, &to, sizeof to);
    memcpy(jump, code, sizeof code);
    for (DWORD i = 0; i < table->NumberOfNames; i++) {
        DWORD *function = &functions[ordinals[i]], old;
        if (strcmp((char *)base + names[i], name)) continue;
        FARPROC before = (FARPROC)(base + *function);
        if (!VirtualProtect(function, sizeof *function, PAGE_READWRITE, &old)) return NULL;
        *function = (DWORD)(jump - base);
        VirtualProtect(function, sizeof *function, old, &old);
        return before;
    }
    return NULL;
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, LPVOID reserved) {
    if (reason != DLL_PROCESS_ATTACH) return TRUE;
    WSASetLastError(0); // has ws2_32.dll loaded before this
    setInformationFile = (void *)lead("ntdll.dll", "NtSetInformationFile", (FARPROC)ourSetInformationFile);
    ioctl = (void *)lead("ws2_32.dll", "WSAIoctl", (FARPROC)ourIoctl);
    return setInformationFile && ioctl;
}
