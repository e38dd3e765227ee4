// A PKCS#11 module that is SoftHSM2 with a plug that can be pulled: for tests of what a node does
// when its token goes away while it runs. Everything is SoftHSM2's own work but three calls.
//
// The folder named by HP_TOKEN_PLUG holds the switches, looked at before each call:
//   unplugged   there is no token in any slot, and what sessions ask for fails
//   reset       all sessions are closed once, with their logins; the file is removed
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <string>

namespace {

constexpr const char* kModule = "/usr/lib/softhsm/libsofthsm2.so";

CK_FUNCTION_LIST g_ours;  // SoftHSM2's list with our calls in it
CK_FUNCTION_LIST* g_real = nullptr;
std::mutex g_mutex;

std::string switch_file(const char* name) {
  const char* const folder = std::getenv("HP_TOKEN_PLUG");
  return std::string(folder == nullptr ? "" : folder) + "/" + name;
}
bool is_set(const char* name) { return access(switch_file(name).c_str(), F_OK) == 0; }

void close_all_sessions() {
  CK_SLOT_ID slots[16];
  CK_ULONG count = 16;
  if (g_real->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK) return;
  for (CK_ULONG i = 0; i < count; ++i) static_cast<void>(g_real->C_CloseAllSessions(slots[i]));
}

bool is_unplugged() {
  const std::lock_guard lock(g_mutex);
  if (is_set("unplugged")) {
    close_all_sessions();  // a token that comes back knows no session from before
    return true;
  }
  if (is_set("reset")) {
    close_all_sessions();
    unlink(switch_file("reset").c_str());
  }
  return false;
}

CK_RV get_slot_list(CK_BBOOL with_token, CK_SLOT_ID* slots, CK_ULONG* count) {
  if (with_token == CK_TRUE && is_unplugged()) {
    *count = 0;
    return CKR_OK;
  }
  return g_real->C_GetSlotList(with_token, slots, count);
}

CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void* application, CK_NOTIFY notify,
                   CK_SESSION_HANDLE* session) {
  if (is_unplugged()) return CKR_TOKEN_NOT_PRESENT;
  return g_real->C_OpenSession(slot, flags, application, notify, session);
}

CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism, CK_OBJECT_HANDLE key) {
  if (is_unplugged()) return CKR_DEVICE_REMOVED;
  return g_real->C_SignInit(session, mechanism, key);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(
    CK_FUNCTION_LIST** functions) {
  const std::lock_guard lock(g_mutex);
  if (g_real == nullptr) {
    void* const library = dlopen(kModule, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return CKR_GENERAL_ERROR;
    const auto entry = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
    if (entry == nullptr || entry(&g_real) != CKR_OK) return CKR_GENERAL_ERROR;
    g_ours = *g_real;
    g_ours.C_GetSlotList = get_slot_list;
    g_ours.C_OpenSession = open_session;
    g_ours.C_SignInit = sign_init;
  }
  *functions = &g_ours;
  return CKR_OK;
}
