// TokenSigner: signs with a key inside a PKCS#11 token (SPEC K-84..K-87). The key never leaves it.
//
// Ed25519 (CKM_EDDSA) only: suite 1. SM2 tokens answer to vendors' own mechanism numbers, none of
// which was tried here; a token key of suite 2 is refused by name. A device of GM/T 0018 (SDF)
// would be another class beside this one behind the same Signer.
//
// A lost session, login or token is opened anew once per signature, with the PIN kept in locked
// memory; a PIN that was refused is never sent again, so that this program cannot lock a token.
//
// Thread: sign() may be called from any thread; calls wait for each other. Blocks as long as the
// token does: whoever must not wait puts it behind a worker.
#pragma once

#include <memory>

#include "crypto/base/result.hpp"
#include "crypto/keystore/secret.hpp"
#include "crypto/pkcs11/token_key.hpp"
#include "crypto/sign/signer.hpp"

namespace huangpu::crypto {

// Opens the session, logs in and finds the key. kUnavailable: no such token; kUnauthenticated: PIN;
// kNotFound: no such key in it; kConflict: it holds another public key; kUnsupportedVersion: suite.
[[nodiscard]] Result<std::unique_ptr<Signer>> open_token_signer(const TokenKey& key,
                                                                const SecretBytes& pin);

// Makes an Ed25519 pair inside the token (sensitive, not extractable) and returns where it is.
// kAlreadyExists if a private key of that label is there. `where.public_key` is not looked at.
[[nodiscard]] Result<TokenKey> generate_on_token(TokenKey where, const SecretBytes& pin);

}  // namespace huangpu::crypto
