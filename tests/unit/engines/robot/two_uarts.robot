# A wake word
# renode-test scenario.robot

*** Test Cases ***
Console Contains Text 1
    Execute Script    ${CURDIR}/setup.resc
    ${uart0}=    Create Terminal Tester    sysbus.uart0
    ${uart1}=    Create Terminal Tester    sysbus.uart1
    Execute Command    emulation RunFor "10"
    ${said0}=    Run Keyword And Return Status    Wait For Line On Uart    a    timeout=0    testerId=${uart0}    includeUnfinishedLine=true
    ${said1}=    Run Keyword And Return Status    Wait For Line On Uart    a    timeout=0    testerId=${uart1}    includeUnfinishedLine=true
    Should Be True    ${said0} or ${said1}

Console Lacks Texts
    Execute Script    ${CURDIR}/setup.resc
    ${uart0}=    Create Terminal Tester    sysbus.uart0
    ${uart1}=    Create Terminal Tester    sysbus.uart1
    Execute Command    emulation RunFor "10"
    Should Not Be On Uart    b    timeout=0    testerId=${uart0}    includeUnfinishedLine=true
    Should Not Be On Uart    b    timeout=0    testerId=${uart1}    includeUnfinishedLine=true
