# What `cmake --install` puts in place beside the programs, which hp_binary installs: the service unit, the
# scrape file and the documents. The unit's paths follow the install prefix.

set(HP_SYSTEMD_DIR lib/systemd/system CACHE STRING "Folder of systemd units, relative to the prefix")
set(HP_SYSUSERS_DIR lib/sysusers.d CACHE STRING "Folder of systemd account files, relative to the prefix")
mark_as_advanced(HP_SYSTEMD_DIR HP_SYSUSERS_DIR)

set(unit deploy/systemd/huangpu-node.service)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${unit})
file(READ ${unit} text)
string(REPLACE "/usr/bin/" "${CMAKE_INSTALL_FULL_BINDIR}/" text "${text}")
string(REPLACE "/usr/share/doc/huangpu/" "${CMAKE_INSTALL_FULL_DOCDIR}/" text "${text}")
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/${unit} CONTENT "${text}" @ONLY)

install(FILES ${PROJECT_BINARY_DIR}/${unit} DESTINATION ${HP_SYSTEMD_DIR})
install(FILES deploy/systemd/huangpu.sysusers DESTINATION ${HP_SYSUSERS_DIR} RENAME huangpu.conf)
install(FILES deploy/prometheus/huangpu.yml DESTINATION ${CMAKE_INSTALL_DATADIR}/huangpu/prometheus)
install(FILES README.md ARCHITECTURE.md CHANGELOG.md SECURITY.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
