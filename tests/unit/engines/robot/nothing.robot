# A wake word
# renode-test scenario.robot

*** Test Cases ***
Firmware Runs
    Execute Script    ${CURDIR}/setup.resc
    Execute Command    emulation RunFor "10"
