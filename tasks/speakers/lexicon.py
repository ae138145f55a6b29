"""Closed word lists of English that the resolver relies on."""

HONORIFICS = frozenset(
    """mr mrs ms miss mx dr sir dame lord lady madam prof professor rev reverend father sister""".split()
)

# Titles printed before a name; they are no part of the name.
TITLES = frozenset(
    """president vice-president senator sen representative rep congressman congresswoman governor gov mayor secretary
    minister premier chancellor ambassador general gen colonel col lieutenant lt captain capt sergeant sgt major maj
    admiral adm commander officer detective judge justice chief sheriff attorney king queen prince princess pope
    bishop archbishop cardinal imam rabbi chairman chairwoman chairperson speaker leader director spokesman
    spokeswoman spokesperson councilman councilwoman councillor councilor delegate deputy commissioner coach ceo
    former ex acting then incoming outgoing late senior prime foreign defense interior finance""".split()
)

# Nouns that name what somebody is, before a name or after it.
ROLES = TITLES | frozenset(
    """activist astronomer blogger bricklayer broker carpenter chemist clerk coordinator ecologist actor actress
    adviser advisor advocate aide analyst artist assistant associate author baker banker billionaire biologist
    businessman businesswoman candidate chair chef co-chair co-founder columnist consultant counsel critic curator
    dean dentist developer diplomat doctor driver economist editor engineer entrepreneur envoy epidemiologist
    executive expert farmer fellow firefighter founder geologist guard head historian host hydrologist inspector
    investigator investor journalist lawmaker lawyer lecturer librarian legislator lobbyist manager marshal member
    mogul negotiator neighbor neighbour nominee nurse official organizer organiser owner paramedic partner pastor
    photographer physician pilot planner player police politician postman pollster principal producer prosecutor
    publisher rancher reporter researcher resident scholar scientist shopkeeper sociologist soldier star strategist
    student superintendent surgeon teacher tenant titan trader treasurer trustee undersecretary veteran vice-chair
    victim volunteer voter warden winner witness worker writer""".split()
)
# Words that say which side somebody is on: before a name no part of it; alone and singular, a person.
PARTY_WORDS = frozenset(
    """conservative democrat gop independent liberal libertarian marine progressive republican socialist""".split()
)
SUFFIXES = frozenset("""jr sr ii iii iv phd md esq""".split())

HE = frozenset(["he", "him", "his", "himself"])
SHE = frozenset(["she", "her", "hers", "herself"])
THEY = frozenset(["they", "them", "their", "theirs", "themselves"])
IT = frozenset(["it", "its", "itself"])
FIRST = frozenset("""i me my mine myself we us our ours ourselves""".split())
RELATIVE = frozenset(["who", "whom", "whose", "which", "that"])
INDEFINITE = frozenset(["nobody", "none", "everyone", "everybody", "anyone", "anybody", "no-one"])

MALE_WORDS = frozenset(
    """mr sir lord father man boy son husband brother king prince congressman chairman spokesman councilman
    businessman""".split()
)
FEMALE_WORDS = frozenset(
    """mrs ms miss dame lady sister woman girl daughter wife queen princess congresswoman chairwoman spokeswoman
    councilwoman businesswoman""".split()
)

# Common first names by the pronoun that usually goes with them.
MALE_NAMES = frozenset(
    """aaron abdul adam adrian ahmad ahmed alan albert alejandro alexander ali allen andre andrew anthony antonio
    arthur barack ben benjamin bernard bernie bill billy bob bobby brad brandon brett brian bruce bryan calvin carl
    carlos charles charlie chris christian christopher chuck clarence colin corey craig dan daniel darren dave david
    dean dennis derek dick diego dmitri don donald doug douglas dustin dwight dylan ed eddie edgar eduardo edward
    edwin eli elliot emmanuel eric erik ernest ethan eugene evan fernando francis francisco frank franklin fred
    frederick gabriel gary gavin george gerald gilbert glen glenn gordon graham grant greg gregory hank hans harold
    harry harvey hassan hector henry herbert howard hugh hussein ian ibrahim isaac ivan jack jacob jake james jared
    jason javier jay jeff jeffrey jeremy jerome jerry jesse jim jimmy joe joel john johnny jon jonathan jorge jose
    joseph josh joshua juan julian justin karl keith kenneth kevin khalid kurt kyle larry lawrence lee leo leon
    leonard lewis liam lloyd louis lucas luis luke manuel marc marco marcus mario mark marshall martin marvin matt
    matthew max michael miguel mike mitch mitchell mohamed mohammad mohammed muhammad nathan neil nelson nicholas
    nick nigel norman oliver omar oscar otto owen pablo patrick paul pedro peter phil philip pierre rafael ralph
    ramon randy raul ray raymond reggie ricardo richard rick robert roberto robin rod rodney roger roland ron ronald
    ross roy russell ryan salman sam samuel scott sean sergei seth shane shawn sidney simon spencer stanley stephen
    steve steven stewart stuart ted terry theodore thomas tim timothy todd tom tommy tony travis trevor tyler victor
    vincent vladimir wade wallace walter warren wayne wesley will william willie xavier yusuf zachary""".split()
)
FEMALE_NAMES = frozenset(
    """abigail ada agnes aisha alice alicia alison allison amanda amber amelia amy ana andrea angela angelina anita ann
    anna anne annie april aria ashley audrey barbara beatrice becky bella bernadette beth betty beverly bonnie
    brenda brianna bridget brooke camila carla carmen carol carolina caroline carolyn catherine cecilia charlotte
    chelsea cheryl christina christine cindy claire clara claudia colleen connie courtney crystal cynthia daisy dana
    danielle dawn deborah debra delia denise diana diane dolores donna dora doris dorothy edith eileen elaine
    eleanor elena elizabeth ella ellen emily emma erica erin esther eva evelyn fatima felicia fiona florence frances
    gabriela gail gina glenda gloria grace greta hannah harriet hazel heather heidi helen hillary hope huma ida ines
    ingrid irene iris isabel isabella jackie jacqueline jane janet janice jasmine jean jeanne jennifer jenny jessica
    jill jo joan joanna joyce juanita judith judy julia julie karen kate katherine kathleen kathryn kathy katie
    kayla kellyanne kelly kim kimberly kristen kristin laura lauren layla leila lena leslie lillian linda lisa lois
    loretta lorraine louise lucia lucy lydia lynn mabel madeleine madison maggie margaret maria marie marilyn marion
    marjorie martha mary maya megan melania melanie melissa mercedes michelle mildred miriam molly monica nadia
    nancy naomi natalie nicole nina nora norma olga olivia pamela patricia paula pauline peggy penelope phyllis
    priya rachel rebecca regina renee rita roberta rosa rose rosemary ruth sally samantha sandra sara sarah sharon
    sheila shirley sofia sonia sophia stacy stella stephanie sue susan suzanne sylvia tamara tanya teresa theresa
    tiffany tina tracy ursula valerie vanessa vera veronica victoria viola violet virginia wanda wendy whitney
    yolanda yvonne zoe""".split()
)

# Head nouns of sources that are bodies, and of the documents and words that somebody else stands behind.
BODIES = frozenset(
    """administration agency airline builder city county country nation retailer state supplier town alliance army
    assembly association authority bank board bureau cabinet campaign center centre chamber charity church club
    coalition college commission committee company conference congress consortium corporation council court
    department district embassy federation firm force foundation fund government group hospital house institute
    institution institution jury league legislature magazine maker military ministry museum navy network newspaper
    office operator organization organisation outlet paper parliament party police programme program project
    publication publisher regulator school senate service site society station team think-tank tribunal trust union
    university utility watchdog website white-house""".split()
)
DOCUMENTS = frozenset(
    """account ad advertisement affidavit article assessment audit bill book claim column comment comments complaint
    data document documents editorial email emails essay estimate excerpt excerpts figure figures filing findings
    footage headline indictment interview law lawsuit letter line list memo message messages minutes motto news note
    opinion order page petition piece plan platform poll polls post posts prediction proposal release remark remarks
    report reports research resolution review ruling rules script sign slogan speech statement statements statistics
    story studies study suit summary survey surveys talk talks testimony text transcript tweet tweets verdict video
    website words work analysis average brief commentary documentary eyes face film finding forecast guidance head
    inquiry investigation movie presentation probe slide slides song submission tally tone voice""".split()
)
# Nouns for one person that are no job.
KIN = frozenset(
    """boy brother child colleague counterpart daughter father friend girl hopeful husband insider kid mother opponent
    parent rival sister son wife""".split()
)
PLURAL_PEOPLE = frozenset(
    """people police men women children some many others both few most several all any each two three four five six
    seven eight nine ten dozens hundreds thousands millions half majority minority staff public youth media press
    folks clergy percent""".split()
)
NOT_PLURAL = frozenset(
    """boss press congress class business process witness hostess princess actress politics news basis campus""".split()
)
QUANTITIES = frozenset(
    """number group dozens scores hundreds thousands tens millions most many some several half quarter third majority
    all any each percent lot chorus""".split()
)
VAGUE = frozenset(["one", "somebody", "someone"])

# Words that end the names of bodies, and words that are no part of a name though a sentence capitalises them.
BODY_WORDS = BODIES | frozenset(
    """airlines brothers capital co corp energy group health holdings inc industries lines ltd media motors news
    partners post rovers sons systems times united""".split()
)
FUNCTION_WORDS = frozenset(
    """a about after again all also although an and another any as asked at because before both but by despite during
    each even every few first for former from he her here his how however i if in instead is it its last later like
    many more most my neither no none not now of on once one only or other our over she since so some still such
    than that the their then there these they this those though three to two under unlike until was we were what
    when where which while who why with within without yet you monday tuesday wednesday thursday friday saturday sunday
    january february march april may june july august september october november december""".split()
)
